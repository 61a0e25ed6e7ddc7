/** A plausible mistake, made by the test of a lesson to see that its check names it. */
export interface WrongSolution {
  /** Id of the check that must call it wrong. */
  readonly check: string;
  /** What the mistake is. */
  readonly name: string;
  /** Bash that makes it, from the state in which the lesson sets the task. */
  readonly script: string;
  /** What the verdict has to say. */
  readonly reason: RegExp;
  /** Bash that takes it back. */
  readonly undo: string;
}
