import type { JSX } from 'preact';
import { rangeOf } from './place.ts';

interface PathProps {
  path: string;
  firstLine?: number;
  lastLine?: number;
}

/** `folder/file.ts:10-20`, the file's name in front of the eye. It may break after each folder. */
export function Path({ path, firstLine, lastLine }: PathProps): JSX.Element {
  const folders = path.split('/');
  const name = folders.pop()!;
  return (
    <span class="path">
      {folders.map((folder, i) => (
        <span class="folder" key={i}>
          {folder}/<wbr />
        </span>
      ))}
      <b>{name}</b>
      {firstLine !== undefined && (
        <span class="range">:{rangeOf(firstLine, lastLine ?? firstLine).replace('-', '–')}</span>
      )}
    </span>
  );
}
