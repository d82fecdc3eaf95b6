import { useCallback, useEffect, useState } from 'preact/hooks';

/** What the page shows, as its address says it: `#data=cosqa&q=go%2Fq12&failed=1`. Absent means the default. */
export interface Place {
  /** Key of the data set; `all` for the table over all of them. */
  data?: string;
  /** Section to scroll to. */
  at?: string;
  /** Query that is looked at. */
  q?: string;
  /** System that is looked at, and the one beside it. */
  a?: string;
  b?: string;
  /** Measure of the plots. */
  m?: string;
  /** Filters of the queries. */
  text?: string;
  slice?: string;
  failed?: string;
  worse?: string;
  below?: string;
  sort?: string;
  page?: string;
}

export type Go = (change: Place, how?: 'push' | 'replace') => void;

function read(): Place {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

function write(place: Place): string {
  const entries = Object.entries(place).filter(([, value]) => value);
  return `#${new URLSearchParams(entries)}`;
}

/** Address of the place with a change, for links. */
export function linkTo(place: Place, change: Place): string {
  return write({ ...place, ...change });
}

/** The place, and how to go elsewhere. `push` leaves a step to go back to. */
export function usePlace(): [Place, Go] {
  const [place, setPlace] = useState(read);
  useEffect(() => {
    const changed = () => setPlace(read());
    addEventListener('hashchange', changed);
    addEventListener('popstate', changed);
    return () => {
      removeEventListener('hashchange', changed);
      removeEventListener('popstate', changed);
    };
  }, []);
  const go = useCallback<Go>((change, how = 'replace') => {
    const next = { ...read(), ...change };
    const url = write(next);
    if (how === 'push') history.pushState(null, '', url);
    else history.replaceState(null, '', url);
    setPlace(read());
  }, []);
  return [place, go];
}

export type Theme = 'auto' | 'light' | 'dark';

const themeKey = 'quarry-report-theme';

/** The chosen theme. It is remembered where a page from a file may remember anything. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => {
    try {
      const stored = localStorage.getItem(themeKey);
      return stored === 'light' || stored === 'dark' ? stored : 'auto';
    } catch {
      return 'auto';
    }
  });
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
    try {
      localStorage.setItem(themeKey, theme);
    } catch {
      // Storage is closed to pages from files in some browsers.
    }
  }, [theme]);
  return [theme, setTheme];
}
