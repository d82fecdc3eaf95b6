import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Scroller } from './scroller.tsx';

export interface Column<Row> {
  id: string;
  head: string;
  /** What is sorted by; rows without a value come last. */
  value: (row: Row) => string | number | null | undefined;
  show: (row: Row) => ComponentChildren;
  /** Cells hold a measure: number, stars beside it, interval below. */
  scored?: boolean;
  /** Whether the first click puts small values first. */
  ascending?: boolean;
}

interface TableProps<Row> {
  caption: string;
  columns: ReadonlyArray<Column<Row>>;
  rows: readonly Row[];
  keyOf: (row: Row) => string;
}

/** A table that scrolls inside its place; its first column names the row and stays, heads sort. */
export function SortableTable<Row>({ caption, columns, rows, keyOf }: TableProps<Row>): JSX.Element {
  const [order, setOrder] = useState<{ id: string; up: boolean } | undefined>();
  const column = columns.find(one => one.id === order?.id);
  const sorted =
    column && order ? rows.toSorted((a, b) => compare(column.value(a), column.value(b), order.up)) : rows;
  return (
    <Scroller label={caption}>
      <table class="data main">
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((one, i) => {
              const own = order?.id === one.id ? order : undefined;
              return (
                <th
                  key={one.id}
                  scope="col"
                  class={classOf(one, i)}
                  aria-sort={own ? (own.up ? 'ascending' : 'descending') : 'none'}
                >
                  <button
                    type="button"
                    onClick={() => setOrder({ id: one.id, up: own ? !own.up : (one.ascending ?? false) })}
                  >
                    {one.head}
                    <span class="arrow" aria-hidden="true">
                      {own ? (own.up ? '▲' : '▼') : ''}
                    </span>
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {sorted.map(row => (
            <tr key={keyOf(row)}>
              {columns.map((one, i) =>
                i === 0 ? (
                  <th key={one.id} scope="row">
                    {one.show(row)}
                  </th>
                ) : (
                  <td key={one.id} class={classOf(one, i)}>
                    {one.show(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function classOf(column: { scored?: boolean }, place: number): string | undefined {
  if (place === 0) return undefined;
  return column.scored ? 'number scored' : 'number';
}

type Value = string | number | null | undefined;

function compare(a: Value, b: Value, up: boolean): number {
  if (a == null || b == null) return a == null ? (b == null ? 0 : 1) : -1;
  const order = typeof a === 'string' ? a.localeCompare(String(b)) : a - Number(b);
  return up ? order : -order;
}

/** A table of texts behind a plot: what the plot shows, for those who do not see it, and to copy from. */
export function PlainTable(props: {
  caption: string;
  head: readonly string[];
  rows: ReadonlyArray<readonly string[]>;
}): JSX.Element {
  return (
    <Scroller label={props.caption}>
      <table class="data">
        <caption class="hidden">{props.caption}</caption>
        <thead>
          <tr>
            {props.head.map(name => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row, r) => (
            <tr key={r}>
              {row.map((cell, c) =>
                c === 0 ? (
                  <th key={c} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={c}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
