import type { Finding } from '@h2ovl/core';
import type { CommandContext } from '../command-context.ts';
import { addOutputFlags, type OutputFlags, outputFlags, type RawOutputFlags } from '../flags/output-flags.ts';
import { inOwnWords } from '../terminal/own-words.ts';
import { type CommandModule, invoke } from './command.ts';

export const doctorCommand: CommandModule = {
  name: 'doctor',
  description: 'Look at everything that decides whether models run here, and say what to do about what is wrong.',
  notes: (h2ovl) => `
Looks at Node, the system, memory, processor, native libraries, the GPU as far as it was tried, the home folder, the disk, the models, and what could open a socket. Nothing is changed.
Exit code: 0 when everything works, warnings included; 1 when something does not.
With --json: { "isHealthy", "findings": [{ "level": "ok" | "warning" | "problem", "topic", "message", "next" }] }

Examples:
  ${h2ovl} doctor
  ${h2ovl} doctor --json`,

  define: (command, { run }) => {
    addOutputFlags(command).action((flags: RawOutputFlags) => run(invoke('doctor', outputFlags(flags), doctor)));
  },
};

async function doctor({ json }: OutputFlags, { library, output, signal, status, world }: CommandContext): Promise<number> {
  status.show({ label: 'looking at this machine' });
  const found = await library.examine({ env: world.env, signal });
  const findings = found.map((finding) =>
    finding.next === undefined ? finding : { ...finding, next: inOwnWords(finding.next, world.h2ovl) },
  );
  status.clear();
  const isHealthy = findings.every(({ level }) => level !== 'problem');
  await output.write(json ? `${JSON.stringify({ isHealthy, findings })}\n` : describe(findings));
  return isHealthy ? 0 : 1;
}

const marks: Readonly<Record<Finding['level'], string>> = { ok: 'ok     ', warning: 'WARNING', problem: 'PROBLEM' };

function describe(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ topic }) => topic.length));
  const lines = findings.flatMap(({ level, topic, message, next }) => [
    `${marks[level]}  ${topic.padEnd(width)}  ${message}`,
    ...(next === undefined ? [] : [`${' '.repeat(width + 11)}Next: ${next}`]),
  ]);
  const count = (level: Finding['level']): number => findings.filter((finding) => finding.level === level).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  const verdict =
    problems > 0 ? `Something does not work. Problems: ${problems}, warnings: ${warnings}.` : `Everything works. Warnings: ${warnings}.`;
  return `${lines.join('\n')}\n\n${verdict}\n`;
}
