/** Kubernetes' quantities in the units of ECS. */

const UNITS: Readonly<Record<string, number>> = {
  ...{ '': 1, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
};

/** `25m` is 26: ECS counts 1,024 to a core. */
export function cpuUnits(quantity: string): number {
  return Math.ceil(valueOf(quantity) * 1_024);
}

/** `64Mi` is 64. */
export function mebibytes(quantity: string): number {
  return Math.ceil(valueOf(quantity) / 2 ** 20);
}

function valueOf(quantity: string): number {
  const groups = /^(?<number>\d+(?:\.\d+)?)(?<unit>m|[kMGT]|[KMGT]i)?$/.exec(quantity)?.groups;
  const unit = UNITS[groups?.['unit'] ?? ''];
  if (groups === undefined || unit === undefined) throw new Error(`${quantity} is not a quantity that ECS can express`);
  return Number(groups['number']) * unit;
}
