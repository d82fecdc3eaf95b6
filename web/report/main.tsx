import { render } from 'preact';
import { App } from './app.tsx';
import { readData, readPayload } from './data.ts';
import { TrainingApp } from './training/app.tsx';
import { runsOf } from './training/runs.ts';

const payload = readPayload();
const data = readData(payload);
const runs = runsOf(payload);
const root = document.getElementById('app')!;
root.textContent = '';
if (runs.length > 0) render(<TrainingApp runs={runs} />, root);
else if (data.parts.length > 0) render(<App data={data} />, root);
else root.textContent = 'This page has no data: it is the template reports are made from.';
