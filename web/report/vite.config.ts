import { defineConfig, type Plugin, type UserConfig } from 'vite';

/** Moves script and styles into the page, so that a report is one file that opens from anywhere. */
function inline(): Plugin {
  return {
    name: 'quarry-inline',
    enforce: 'post',
    generateBundle(_, bundle) {
      const page = Object.values(bundle).find(file => file.fileName.endsWith('.html'));
      if (page?.type !== 'asset') throw new Error('no page in the bundle');
      let html = String(page.source);
      const place = (tag: RegExp, text: string) => {
        const match = tag.exec(html);
        if (!match) throw new Error(`nothing in the page matches ${tag}`);
        html = html.slice(0, match.index) + text + html.slice(match.index + match[0].length);
      };
      for (const file of Object.values(bundle)) {
        if (file === page) continue;
        if (file.type === 'chunk') {
          // The one sequence that ends a script wherever it stands.
          const code = file.code.replaceAll('</script', '<\\/script').trim();
          place(/<script type="module"[^>]*src="[^>]*><\/script>/, `<script type="module">${code}</script>`);
        } else if (file.fileName.endsWith('.css')) {
          place(/<link rel="stylesheet"[^>]*>/, `<style>${String(file.source).trim()}</style>`);
        } else throw new Error(`no place in the page for ${file.fileName}`);
        delete bundle[file.fileName];
      }
      page.source = html;
    },
  };
}

const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [inline()],
  build: {
    outDir: '../../dist/report',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    rolldownOptions: { input: `${import.meta.dirname}/report.html` },
  },
});

export default config;
