/** Fargate rents out a few sizes of machine; a task gets the smallest that holds what its containers ask for. */

/** CPU units (1,024 are a core), each with the least and the most memory in MiB. */
const SIZES = [
  { cpu: 256, memory: [512, 1_024, 2_048] },
  { cpu: 512, memory: steps(1, 4) },
  { cpu: 1_024, memory: steps(2, 8) },
  { cpu: 2_048, memory: steps(4, 16) },
  { cpu: 4_096, memory: steps(8, 30) },
];

export interface FargateSize {
  readonly cpu: number;
  readonly memoryMib: number;
}

/** Throws if there is none so large. */
export function fargateSize(wanted: FargateSize): FargateSize {
  for (const { cpu, memory } of SIZES) {
    const memoryMib = memory.find((size) => size >= wanted.memoryMib);
    if (cpu >= wanted.cpu && memoryMib !== undefined) return { cpu, memoryMib };
  }
  throw new Error(`no size of Fargate has ${wanted.cpu} CPU units and ${wanted.memoryMib} MiB`);
}

/** Each GiB between two, in MiB. */
function steps(leastGib: number, mostGib: number): number[] {
  return Array.from({ length: mostGib - leastGib + 1 }, (_, index) => (leastGib + index) * 1_024);
}
