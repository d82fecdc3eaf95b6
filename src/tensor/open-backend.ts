import { type BackendOptions, cpuBackend, type TrainingBackend } from './backend.ts';
import { DeviceBackend } from './device-backend.ts';
import type { Device } from './session.ts';
import { webgpuAvailable } from './webgpu.ts';

export interface OpenBackendOptions extends BackendOptions {
  /** Default 'cpu'. */
  readonly device?: Device;
  /** Hears, in one line, that there is no such device and the CPU is used. */
  readonly notice?: (line: string) => void;
}

/** A backend for the device, or for the CPU if it cannot be used: the result's `device` says which. */
export async function openBackend(options: OpenBackendOptions): Promise<TrainingBackend> {
  if (options.device !== 'webgpu') return cpuBackend(options);
  const found = await webgpuAvailable();
  if (found.available) return new DeviceBackend(options, 'webgpu');
  options.notice?.(`no device for WebGPU (${found.reason}): training on the CPU`);
  return cpuBackend(options);
}
