/** One entry for the developer tools: `node dist/main.js TOOL ARGUMENTS...`; each tool's main returns the exit code. */
type Tool = { readonly main: (argv: readonly string[]) => Promise<number> };

const tools: Readonly<Record<string, () => Promise<Tool>>> = {
  arrows: () => import('./arrows-table.ts'),
  bench: () => import('./bench/bench.ts'),
  'calibration-pages': () => import('./calibration/calibration-pages.ts'),
  'documents-trial': () => import('./documents-trial/trial.ts'),
  'drafts-trial': () => import('./drafts-trial/trial.ts'),
  extraction: () => import('./extraction/trial.ts'),
  'gpu-trial': () => import('./gpu/trial.ts'),
  'gpu-stage': () => import('./gpu/run-stage.ts'),
  'lines-trial': () => import('./lines-trial/trial.ts'),
  picture: () => import('./picture/picture.ts'),
  reference: () => import('./reference/reference.ts'),
  'vision-plan-trial': () => import('./vision-plan-trial/trial.ts'),
  'verdicts-trial': () => import('./verdicts-trial/trial.ts'),
  'tokenizer-cases': () => import('./tokenizer-cases.ts'),
};

const [name = '', ...argv] = process.argv.slice(2);
const tool = Object.hasOwn(tools, name) ? tools[name] : undefined;
if (tool) {
  process.exitCode = await (await tool()).main(argv);
} else {
  process.stderr.write(`Unknown tool ${JSON.stringify(name)}. There are: ${Object.keys(tools).join(', ')}.\n`);
  process.exitCode = 2;
}
