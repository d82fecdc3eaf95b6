import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Attribute } from './graph.ts';
import type { Shape } from './shape.ts';

/**
 * The part of the ONNX format that is written here. Field numbers are those of `onnx/onnx.proto` of
 * github.com/onnx/onnx; they never change, by the rules of protobuf.
 */

/** TensorProto.DataType. */
export const DATA_TYPE = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9 } as const;

export type DataType = keyof typeof DATA_TYPE;

/** Operator set 20 is the first with Gelu; version 9 of the format is the one that came with it. */
const OPSET = 20;
const IR_VERSION = 9;

/** A named constant; `bytes` are its elements, little-endian, row-major. */
export interface Initializer {
  readonly name: string;
  readonly type: DataType;
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** An input or output of a model. Sizes that are names are free, equal names being equal sizes, `?` any. */
export interface OnnxValue {
  readonly name: string;
  readonly type: DataType;
  readonly shape: ReadonlyArray<number | string>;
}

/** Nodes are in an order in which every input is known before it is read. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Written as `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The bytes of a `.onnx` file, below 2 GB. Equal models give equal bytes. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const w = new BinaryWriter();
  int(w, 1, IR_VERSION); // ModelProto.ir_version
  text(w, 2, 'quarry'); // .producer_name
  message(w, 7, () => writeGraph(w, model)); // .graph
  message(w, 8, () => {
    text(w, 1, ''); // OperatorSetIdProto.domain
    int(w, 2, OPSET); // .version
  }); // .opset_import
  for (const [key, value] of Object.entries(model.metadata ?? {})) {
    message(w, 14, () => {
      text(w, 1, key); // StringStringEntryProto.key
      text(w, 2, value); // .value
    }); // .metadata_props
  }
  return w.finish();
}

function writeGraph(w: BinaryWriter, model: OnnxModel): void {
  for (const node of model.nodes) message(w, 1, () => writeNode(w, node)); // GraphProto.node
  text(w, 2, 'quarry'); // .name
  for (const value of model.initializers) message(w, 5, () => writeTensor(w, value)); // .initializer
  for (const value of model.inputs) message(w, 11, () => writeValue(w, value)); // .input
  for (const value of model.outputs) message(w, 12, () => writeValue(w, value)); // .output
}

function writeNode(w: BinaryWriter, node: OnnxNode): void {
  for (const input of node.inputs) text(w, 1, input); // NodeProto.input
  for (const output of node.outputs) text(w, 2, output); // .output
  text(w, 3, node.outputs[0]!); // .name
  text(w, 4, node.op); // .op_type
  for (const [name, value] of Object.entries(node.attributes ?? {})) {
    message(w, 5, () => writeAttribute(w, name, value)); // .attribute
  }
}

function writeAttribute(w: BinaryWriter, name: string, value: Attribute): void {
  text(w, 1, name); // AttributeProto.name
  if ('float' in value) {
    w.tag(2, WireType.Bit32).float(value.float); // .f
    int(w, 20, 1); // .type FLOAT
  } else if ('int' in value) {
    int(w, 3, value.int); // .i
    int(w, 20, 2); // .type INT
  } else if ('string' in value) {
    text(w, 4, value.string); // .s
    int(w, 20, 3); // .type STRING
  } else {
    for (const item of value.ints) int(w, 8, item); // .ints
    int(w, 20, 7); // .type INTS
  }
}

function writeTensor(w: BinaryWriter, value: Initializer): void {
  for (const size of value.shape) int(w, 1, size); // TensorProto.dims
  int(w, 2, DATA_TYPE[value.type]); // .data_type
  text(w, 8, value.name); // .name
  w.tag(9, WireType.LengthDelimited).bytes(value.bytes); // .raw_data
}

function writeValue(w: BinaryWriter, value: OnnxValue): void {
  text(w, 1, value.name); // ValueInfoProto.name
  message(w, 2, () => {
    message(w, 1, () => {
      int(w, 1, DATA_TYPE[value.type]); // TypeProto.Tensor.elem_type
      message(w, 2, () => {
        for (const size of value.shape) {
          message(w, 1, () => {
            if (typeof size === 'number')
              int(w, 1, size); // Dimension.dim_value
            else if (size !== '?') text(w, 2, size); // .dim_param
          }); // TensorShapeProto.dim
        }
      }); // .shape
    }); // TypeProto.tensor_type
  }); // .type
}

function message(w: BinaryWriter, field: number, write: () => void): void {
  w.tag(field, WireType.LengthDelimited).fork();
  write();
  w.join();
}

function text(w: BinaryWriter, field: number, value: string): void {
  w.tag(field, WireType.LengthDelimited).string(value);
}

function int(w: BinaryWriter, field: number, value: number): void {
  w.tag(field, WireType.Varint).int64(value);
}
