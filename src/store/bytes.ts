/** Growing byte buffer with LEB128 variable-length integers and UTF-8 strings. */
export class ByteWriter {
  private bytes: Uint8Array;
  private view: DataView;
  length = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  private reserve(extra: number): void {
    if (this.length + extra <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + extra));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Unsigned, up to 2^32 − 1. */
  varint(value: number): void {
    this.reserve(5);
    let v = value >>> 0;
    while (v >= 0x80) {
      this.bytes[this.length++] = (v & 0x7f) | 0x80;
      v >>>= 7;
    }
    this.bytes[this.length++] = v;
  }

  f64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  raw(data: Uint8Array): void {
    this.reserve(data.length);
    this.bytes.set(data, this.length);
    this.length += data.length;
  }

  /** Length in bytes as a varint, then UTF-8. */
  string(text: string): void {
    let ascii = true;
    for (let i = 0; i < text.length; i++) {
      if (text.charCodeAt(i) > 127) {
        ascii = false;
        break;
      }
    }
    if (!ascii) {
      const data = Buffer.from(text, 'utf8');
      this.varint(data.length);
      this.raw(data);
      return;
    }
    this.varint(text.length);
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  /** A copy of what was written, exactly as long. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  /** What was written so far, without a copy: valid until the next write. */
  peek(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

/** Reads what `ByteWriter` wrote. Reading past the end throws a RangeError: the caller reports a damaged index. */
export class ByteReader {
  private readonly bytes: Uint8Array;
  private readonly buffer: Buffer;
  position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
  }

  u8(): number {
    const value = this.bytes[this.position++];
    if (value === undefined) throw new RangeError('read past the end');
    return value;
  }

  varint(): number {
    let result = 0;
    let shift = 0;
    for (;;) {
      const b = this.bytes[this.position++];
      if (b === undefined) throw new RangeError('read past the end');
      result |= (b & 0x7f) << shift;
      if (b < 0x80) return result >>> 0;
      shift += 7;
      if (shift > 28 + 7) throw new RangeError('variable-length integer too long');
    }
  }

  f64(): number {
    const value = this.buffer.readDoubleLE(this.position);
    this.position += 8;
    return value;
  }

  string(): string {
    const length = this.varint();
    const end = this.position + length;
    if (end > this.bytes.length) throw new RangeError('read past the end');
    const text = this.buffer.toString('utf8', this.position, end);
    this.position = end;
    return text;
  }

  skip(length: number): void {
    this.position += length;
  }
}
