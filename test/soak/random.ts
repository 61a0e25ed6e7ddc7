/** Random numbers that are the same in every run with the same seed (Park and Miller's generator). */

/** Whole numbers from 0 to below what it is called with. */
export type Random = (below: number) => number;

export function createRandom(seed: number): Random {
  let state = (seed % 2_147_483_646) + 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}
