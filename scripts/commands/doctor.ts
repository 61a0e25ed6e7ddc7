/** `npm run doctor`: what this machine has and lacks, before anything is tried. */
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { examine } from '../doctor/doctor.ts';
import { renderFindings } from '../doctor/render-findings.ts';

async function doctor({ host, root, hasColour, columns }: CommandContext): Promise<CommandResult> {
  const findings = await examine(host, root);
  return {
    data: { findings },
    text: `${renderFindings(findings, { color: hasColour, width: columns })}\n`,
    exitCode: findings.some(({ state }) => state === 'failure') ? EXIT.preflight : EXIT.ok,
  };
}

export const command: CommandBody = {
  examples: ['npm run doctor', 'npm run -s doctor -- --json | jq ".findings[] | select(.state != \\"ok\\")"'],
  run: doctor,
};
