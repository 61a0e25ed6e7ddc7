/** Label selectors. */
import type { Labels, LabelSelector } from './kube-types.ts';

/** Whether all that the selector asks for holds; an empty one selects everything. */
export function matches({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels = {}): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
        default:
          // Selecting nothing is wrong in one direction or the other; the API server knows no further operator.
          throw new Error(`a selector has the operator ${JSON.stringify(operator)}, which is not known here`);
      }
    })
  );
}
