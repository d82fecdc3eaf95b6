import { render } from 'preact';
import { App } from './app.tsx';
import { readData } from './data.ts';

const data = readData();
const root = document.getElementById('app')!;
root.textContent = '';
if (data.parts.length === 0)
  root.textContent = 'This page has no data: it is the template reports are made from.';
else render(<App data={data} />, root);
