import type { Encoder, LateInteraction, UnitText } from '../core/encoder.ts';

/**
 * A model whose query tower was distilled into a smaller one (SPENCER, section 3.2): queries go through the student, units
 * through the teacher, whose vectors, terms and fingerprint stay as they are.
 */
export class StudentEncoder implements Encoder {
  readonly id: string;
  readonly fingerprint: string;
  readonly dims: number;
  readonly late?: LateInteraction;
  private readonly teacher: Encoder;
  private readonly student: Encoder;

  constructor(teacher: Encoder, student: Encoder) {
    this.id = teacher.id;
    this.fingerprint = teacher.fingerprint;
    this.dims = teacher.dims;
    if (teacher.late) this.late = teacher.late;
    this.teacher = teacher;
    this.student = student;
  }

  encodeQueries(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array> {
    return this.student.encodeQueries(texts, signal);
  }

  encodeUnits(units: readonly UnitText[], signal?: AbortSignal): Promise<Float32Array> {
    return this.teacher.encodeUnits(units, signal);
  }

  async close(): Promise<void> {
    await this.student.close();
    await this.teacher.close();
  }
}
