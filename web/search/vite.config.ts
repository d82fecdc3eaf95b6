import { defineConfig, type UserConfig } from 'vite';

/** The search page: a page with hashed files beside it, served by `quarry serve` under a policy without inline code. */
const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  // Relative, so that the page also works below a path of a proxy.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/web/search',
    emptyOutDir: true,
    target: 'es2022',
    // `light-dark()` is left as it is: what it would be turned into knows nothing of a chosen theme.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: false,
    assetsInlineLimit: 0,
    rolldownOptions: { input: `${import.meta.dirname}/index.html` },
  },
});

export default config;
