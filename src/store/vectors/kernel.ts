/**
 * The scan of int8 rows as a WebAssembly module, put together here instruction by instruction. It takes four rows at a
 * time, so that each piece of the query is loaded once for them; eight products go into one `i32x4.dot_i16x8_s`, and
 * nothing overflows because `queryLimit` bounds the query. Everything is exact but the last two multiplications.
 *
 *     scan(rows, scales, query, scores, end, stride, unit)
 *
 * `rows` to `end` are int8 rows of `stride` bytes (a multiple of 16), their number a multiple of four; `query` is
 * `stride` int16; score = dot · scale · unit, as float32. All addresses are multiples of 16.
 */
export type Scan = (
  rows: number,
  scales: number,
  query: number,
  scores: number,
  end: number,
  stride: number,
  unit: number,
) => void;

/** The largest value a query may have as int16, so that no sum leaves 32 bits. */
export function queryLimit(stride: number): number {
  return Math.min(32_767, Math.floor((2 ** 31 - 1) / (127 * stride)));
}

/** The part of the WebAssembly interface that is used: Node's types leave it to the DOM's. */
export interface Memory {
  readonly buffer: ArrayBuffer;
}
interface Wasm {
  Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
  Memory: new (pages: { initial: number; maximum: number }) => Memory;
  CompileError: new (...given: never[]) => Error;
}
const wasm = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;

/** A memory of so many pages of 64 KiB. Throws RangeError when there is no address space for it. */
export function newMemory(pages: number): Memory {
  return new wasm.Memory({ initial: pages, maximum: pages });
}

/** Whether the plain loop has to do: this processor has no SIMD, or there is no room. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof wasm.CompileError || error instanceof RangeError;
}

let compiled: object | undefined;

/** The scan over one memory. Throws WebAssembly.CompileError where the processor has no SIMD. */
export function scanOver(memory: Memory): Scan {
  compiled ??= new wasm.Module(moduleBytes());
  const { exports } = new wasm.Instance(compiled, { m: { memory } });
  return exports['scan'] as Scan;
}

const i32 = 0x7f;
const f32 = 0x7d;
const v128 = 0x7b;

/** LEB128, unsigned and signed. */
function u(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  do {
    const byte = rest & 0x7f;
    rest >>>= 7;
    out.push(rest === 0 ? byte : byte | 0x80);
  } while (rest !== 0);
  return out;
}
function s(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0)) return [...out, byte];
    out.push(byte | 0x80);
  }
}

type Code = number[];
const simd = (opcode: number, ...immediates: number[]): Code => [0xfd, ...u(opcode), ...immediates];
/** Alignment as a power of two, then the offset. */
const at = (alignment: number, offset: number): Code => [alignment, ...u(offset)];

const get = (local: number): Code => [0x20, ...u(local)];
const set = (local: number, value: Code): Code => [...value, 0x21, ...u(local)];
const constant = (value: number): Code => [0x41, ...s(value)];
const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
const double = (a: Code): Code => [...a, ...constant(1), 0x74];
const below = (a: Code, b: Code): Code => [...a, ...b, 0x49];
/** Runs its body, and again as long as the condition holds. */
const loopWhile = (body: Code, condition: Code): Code => [
  0x03,
  0x40,
  ...body,
  ...condition,
  0x0d,
  0x00,
  0x0b,
];
const load = (address: Code, offset = 0): Code => [...address, ...simd(0x00, ...at(4, offset))];
const load8x8 = (address: Code, offset: number): Code => [...address, ...simd(0x01, ...at(3, offset))];
const store = (address: Code, value: Code): Code => [...address, ...value, ...simd(0x0b, ...at(4, 0))];
const zeros: Code = simd(0x0c, ...Buffer.alloc(16));
const addLanes = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xae)];
const dot = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xba)];
const multiply = (a: Code, b: Code): Code => [...a, ...b, ...simd(0xe6)];
const toFloat = (a: Code): Code => [...a, ...simd(0xfa)];
const splat = (a: Code): Code => [...a, ...simd(0x13)];
/** Takes 32-bit lanes, 0–3 of `a` and 4–7 of `b`. */
const pick = (a: Code, b: Code, lanes: readonly number[]): Code => [
  ...a,
  ...b,
  ...simd(0x0d, ...lanes.flatMap(lane => [0, 1, 2, 3].map(byte => lane * 4 + byte))),
];

function scanBody(): Code {
  const [rows, scales, query, scores, end, stride, unit] = [0, 1, 2, 3, 4, 5, 6] as const;
  const [q, queryEnd] = [7, 8] as const;
  const row = [rows, 9, 10, 11] as const;
  const sum = [12, 13, 14, 15] as const;
  const [piece, low, high] = [16, 17, 18] as const;
  const step = (offset: number): Code => [
    ...set(piece, load(get(q), offset * 2)),
    ...row.flatMap((r, i) => set(sum[i]!, addLanes(get(sum[i]!), dot(load8x8(get(r), offset), get(piece))))),
  ];
  /** Lanes a0+a2, b0+b2, a1+a3, b1+b3. */
  const halves = (a: number, b: number): Code =>
    addLanes(pick(get(a), get(b), [0, 4, 1, 5]), pick(get(a), get(b), [2, 6, 3, 7]));
  const group: Code = [
    ...sum.flatMap(local => set(local, zeros)),
    ...set(row[1], add(get(row[0]), get(stride))),
    ...set(row[2], add(get(row[1]), get(stride))),
    ...set(row[3], add(get(row[2]), get(stride))),
    ...set(q, get(query)),
    ...loopWhile(
      [
        ...step(0),
        ...step(8),
        ...row.flatMap(r => set(r, add(get(r), constant(16)))),
        ...set(q, add(get(q), constant(32))),
      ],
      below(get(q), get(queryEnd)),
    ),
    ...set(low, halves(sum[0], sum[1])),
    ...set(high, halves(sum[2], sum[3])),
    ...store(
      get(scores),
      multiply(
        multiply(
          toFloat(addLanes(pick(get(low), get(high), [0, 1, 4, 5]), pick(get(low), get(high), [2, 3, 6, 7]))),
          load(get(scales)),
        ),
        splat(get(unit)),
      ),
    ),
    // The fourth row ended where the next four begin.
    ...set(row[0], get(row[3])),
    ...set(scales, add(get(scales), constant(16))),
    ...set(scores, add(get(scores), constant(16))),
  ];
  return [
    ...set(queryEnd, add(get(query), double(get(stride)))),
    ...loopWhile(group, below(get(rows), get(end))),
  ];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const section = (id: number, content: Code): Code => [id, ...u(content.length), ...content];
  const name = (text: string): Code => [text.length, ...Buffer.from(text)];
  const locals: Code = [2, 5, i32, 7, v128];
  const body: Code = [...locals, ...scanBody(), 0x0b];
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return new Uint8Array([
    ...header,
    ...section(1, [1, 0x60, 7, i32, i32, i32, i32, i32, i32, f32, 0]),
    ...section(2, [1, ...name('m'), ...name('memory'), 0x02, 0x00, ...u(1)]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('scan'), 0x00, 0]),
    ...section(10, [1, ...u(body.length), ...body]),
  ]);
}
