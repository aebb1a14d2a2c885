// Runs the node in a real n8n against a real server with the nano model, by command line and by webhook.
// Sets up everything it needs in .cache/n8n-e2e on its first run and builds the server. `--server FILE` takes another build of it.
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startAgentBrain } from './e2e/agent-brain.mjs';
import { equal, includes, readsLike } from './e2e/expect.mjs';
import { installN8n, n8nVersion } from './e2e/install.mjs';
import { createInstance, executeByCommand, importInto, postFile, runCommand, startInstance } from './e2e/n8n-instance.mjs';
import { createPdf } from './e2e/pdf.mjs';
import { freePort, silentPort, startProcess, waitFor } from './e2e/processes.mjs';
import {
  createAgentWorkflow,
  createCredentials,
  createErrorOutputWorkflow,
  createFileWorkflow,
  createHookWorkflow,
  createReadmeWorkflow,
  credentialIds,
} from './e2e/workflows.mjs';
import { buildAndPack, createReport, packageDir, repoDir, run } from './tools.mjs';

const { values } = parseArgs({ options: { server: { type: 'string' } } });
const samplesDir = path.join(repoDir, 'packages', 'nano', 'samples');
const samples = JSON.parse(await readFile(path.join(samplesDir, 'index.json'), 'utf8'));
const receipt = samples[0];
const form = samples.find(({ question, answer, pytorch }) => question.endsWith('}') && answer === pytorch);
const skeleton = JSON.parse(form.question.slice(form.question.indexOf('{')));
const question = samples.find((sample) => sample.question.startsWith('What is'));

const workDir = await mkdtemp(path.join(tmpdir(), 'h2ovl-n8n-'));
const letterLines = ['First page', 'Second page', 'Third page', 'Last page'];
const letter = path.join(workDir, 'letter.pdf');
const longDocument = path.join(workDir, 'long.pdf');
const closers = [() => rm(workDir, { recursive: true, force: true })];
const report = createReport();
try {
  const bins = await installN8n();
  const archive = await buildAndPack(path.join(workDir, 'pack'));
  const serverUrl = await startServer();
  const instance = await createInstance(bins, workDir, archive);
  await prepare(instance, serverUrl);
  await checkCommandLine(instance);
  const live = await startInstance(instance);
  closers.unshift(() => live.server.stop());
  await checkHooks(live);
  await checkAgents(live);
  await checkEditor(live, serverUrl);
  await checkStop(live, serverUrl);
} catch (error) {
  await report.check('the set-up works', () => {
    throw error;
  });
} finally {
  for (const close of closers) await close();
}
report.finish();

async function startServer() {
  const main = values.server ?? path.join(repoDir, 'packages', 'mcp-server', 'dist', 'bin', 'main.js');
  if (values.server === undefined) {
    await run(process.execPath, [path.join(repoDir, 'scripts', 'turbo.mjs'), 'build', '--filter=@h2ovl/mcp-server'], { cwd: repoDir });
  }
  const port = await freePort();
  const server = startProcess(process.execPath, [path.resolve(main), '--http', '--port', String(port), '--model', 'nano', '--queue', '4'], {
    env: { H2OVL_HOME: path.join(workDir, 'h2ovl'), H2OVL_API_KEY: '' },
  });
  closers.unshift(() => server.stop());
  const url = `http://127.0.0.1:${port}`;
  await waitFor('the start of the server', async () => {
    if (server.hasEnded()) throw new Error(server.output());
    return (await fetch(`${url}/health`)).ok;
  });
  return url;
}

async function prepare(instance, serverUrl) {
  const silent = await silentPort();
  const brain = await startAgentBrain();
  closers.unshift(async () => [silent, brain].forEach((stand) => void stand.close()));
  const ports = { live: new URL(serverUrl).port, dead: await freePort(), silent: silent.port, brain: brain.port };
  await writeFile(letter, createPdf(letterLines));
  await writeFile(longDocument, createPdf(Array.from({ length: 500 }, (_, index) => `This is page ${index + 1} of a long document`)));
  const files = (pattern) => path.join(instance.filesDir, pattern);
  await copyFile(path.join(samplesDir, receipt.file), files('1-receipt.png'));
  await writeFile(files('2-letter.docx'), 'PK\x03\x04letter');
  await importInto(instance, 'credentials', createCredentials(ports));
  const ask = { operation: 'askQuestion', text: question.question };
  const extract = {
    operation: 'extractData',
    schemaType: 'fromJson',
    jsonSchemaExample: JSON.stringify(skeleton, (_, value) => (value === '' ? 'x' : value)),
    options: { keepMisfits: true },
  };
  // Has the model read page after page of a long document until it is stopped.
  const endless = { options: { mode: 'model' } };
  const hooks = {
    read: {},
    ask,
    extract,
    expression: { binaryPropertyName: "={{ $('Hook').item.binary.data }}" },
    dead: { credential: 'dead' },
    goon: { credential: 'dead', onError: 'continueRegularOutput' },
    timeout: { credential: 'silent', onError: 'continueRegularOutput', options: { timeout: 1 } },
    endless,
    document: { options: { output: 'pages', pages: '1-2,-1' } },
    questions: { operation: 'askQuestion', text: 'What does it say?', options: { maxTokens: 5 } },
  };
  const published = [2.2, 3.1].flatMap((version) => [
    createAgentWorkflow(agentId(version, 'name'), `agent-${version}-name`, version, {}),
    createAgentWorkflow(agentId(version, 'expr'), `agent-${version}-expr`, version, hooks.expression),
  ]);
  published.push(createReadmeWorkflow('e2eReadme0000001', await readFile(path.join(packageDir, 'README.md'), 'utf8')));
  await importInto(instance, 'workflow', [
    createFileWorkflow('e2eCliRead000001', files('*.png'), {}),
    createFileWorkflow('e2eCliGoOn000001', files('*'), { onError: 'continueRegularOutput' }),
    createErrorOutputWorkflow('e2eCliSplit00001', files('*'), {}),
    ...Object.entries(hooks).map(([name, reader], index) => createHookWorkflow(hookId(index), name, reader)),
    ...published,
  ]);
  for (const { id } of published) await runCommand(instance, 'publish:workflow', `--id=${id}`);
  for (const index of Object.keys(hooks).keys()) await runCommand(instance, 'publish:workflow', `--id=${hookId(index)}`);
}

function hookId(index) {
  return `e2eHook${String(index).padStart(9, '0')}`;
}

function agentId(version, source) {
  return `e2eAgent${source}${version.toFixed(1).replace('.', '')}00`;
}

async function checkCommandLine(instance) {
  await report.check(`n8n ${n8nVersion} by command line reads the receipt`, async () => {
    const { runData } = await executeByCommand(instance, 'e2eCliRead000001');
    const [step] = runData.Read;
    equal(step.executionStatus, 'success');
    const [item] = step.data.main[0];
    readsLike(item.json.text, receipt);
    equal(item.json.pageCount, 1);
    equal(item.json.model, 'nano');
    return JSON.stringify(item.json.text.split('\n')[0]);
  });
  await report.check('continue on fail: the receipt is read, the Office file beside it is refused by name', async () => {
    const { runData } = await executeByCommand(instance, 'e2eCliGoOn000001');
    const [good, bad] = runData.Read[0].data.main[0];
    readsLike(good.json.text, receipt);
    includes(bad.json.error, "'2-letter.docx' is a ZIP or Office file [item 1]");
    equal(JSON.stringify([good.pairedItem, bad.pairedItem]), '[{"item":0},{"item":1}]');
  });
  await report.check('the guard of n8n against private addresses is named, with what to allow', async () => {
    const guarded = { ...instance, env: { ...instance.env, N8N_SSRF_PROTECTION_ENABLED: 'true' } };
    const { runData } = await executeByCommand(guarded, 'e2eCliGoOn000001');
    includes(runData.Read[0].data.main[0][0].json.error, 'n8n is set to block requests to private addresses');
    includes(runData.Read[0].data.main[0][0].json.error, 'N8N_SSRF_ALLOWED_IP_RANGES');
  });
  await report.check('continue using error output: good and bad items leave by different outputs', async () => {
    const { runData } = await executeByCommand(instance, 'e2eCliSplit00001');
    const [good, bad] = ['Good', 'Bad'].map((name) => runData[name][0].data.main[0]);
    equal(good.length, 1);
    equal(bad.length, 1);
    includes(bad[0].json.error, 'is a ZIP or Office file');
  });
}

async function checkHooks({ base, rest }) {
  const file = path.join(samplesDir, receipt.file);
  await report.check('a webhook with the PNG gives its words', async () => {
    const { body } = await postFile(base, 'read', file);
    readsLike(body[0].text, receipt);
  });
  await report.check('the workflow of the README works as pasted', async () => {
    const { body } = await postFile(base, 'read-document', file);
    readsLike(body[0].text, receipt);
  });
  await report.check('a binary from an expression gives the same', async () => {
    const { body } = await postFile(base, 'expression', file);
    readsLike(body[0].text, receipt);
  });
  await report.check('a question is answered', async () => {
    const { body } = await postFile(base, 'ask', path.join(samplesDir, question.file));
    readsLike(body[0].answer, question);
    return body[0].answer;
  });
  await report.check('extracted data come as an object that fits, with what stands on the page', async () => {
    const [{ output, valid, issues }] = (await postFile(base, 'extract', path.join(samplesDir, form.file))).body;
    equal(JSON.stringify([output, valid, issues]), JSON.stringify([JSON.parse(form.answer), true, []]));
  });
  await report.check('a PDF gives one item per page of the range, read from its text layer', async () => {
    const { body } = await postFile(base, 'document', letter);
    equal(
      JSON.stringify(body.map(({ page, text, source }) => [page, text, source])),
      JSON.stringify([1, 2, 4].map((page) => [page, letterLines[page - 1], 'text'])),
    );
  });
  await report.check('a question is asked about each page of a PDF', async () => {
    const { body } = await postFile(base, 'questions', letter);
    equal(body[0].pages.length, letterLines.length);
    equal(body[0].pageCount, letterLines.length);
  });
  await report.check('a dead server stops the run with the address and the next move', async () => {
    const { status } = await postFile(base, 'dead', file);
    equal(status, 500);
    const text = JSON.stringify(await lastExecution(rest, 4));
    includes(text, 'Nothing listens at http://127.0.0.1:');
    includes(text, 'npx @h2ovl/mcp-server --http');
  });
  await report.check('a dead server with continue on fail gives an item that says so', async () => {
    const { status, body } = await postFile(base, 'goon', file);
    equal(status, 200);
    includes(body[0].error, 'Nothing listens at http://127.0.0.1:');
  });
  await report.check('a server that stays silent ends in a timeout that names the option', async () => {
    const startedAt = Date.now();
    const { body } = await postFile(base, 'timeout', file);
    includes(body[0].error, 'gave no answer within 1 s');
    includes(body[0].error, 'Raise Timeout under Options');
    if (Date.now() - startedAt > 5000) throw new Error(`It took ${Date.now() - startedAt} ms.`);
  });
}

async function lastExecution(rest, hookIndex) {
  const filter = encodeURIComponent(JSON.stringify({ workflowId: hookId(hookIndex) }));
  const { data } = await rest('GET', `/rest/executions?limit=1&filter=${filter}`);
  return (await rest('GET', `/rest/executions/${data.results[0].id}`)).data;
}

async function checkAgents({ base }) {
  const file = path.join(samplesDir, receipt.file);
  for (const version of [2.2, 3.1]) {
    await report.check(`as a tool of an AI agent (version ${version}) an expression brings the image`, async () => {
      const { body } = await postFile(base, `agent-${version}-expr`, file);
      includes(body[0].output, receipt.answer.split('\n')[0]);
    });
    await report.check(`and a field name is answered with what to set instead`, async () => {
      const { body } = await postFile(base, `agent-${version}-name`, file);
      includes(JSON.stringify(body), 'An AI agent hands no files to its tools');
    });
  }
}

async function checkEditor({ rest }, serverUrl) {
  await report.check('n8n lists the node and its form as a tool', async () => {
    const types = (await rest('GET', '/types/nodes.json')).map(({ name }) => name);
    for (const name of ['n8n-nodes-h2ovl.h2ovl', 'n8n-nodes-h2ovl.h2ovlTool'])
      if (!types.includes(name)) throw new Error(`${name} is missing.`);
  });
  const test = async (baseUrl) => {
    const credentials = { id: credentialIds.live, name: 'live', type: 'h2ovlApi', data: { baseUrl, apiKey: '', ignoreSslIssues: false } };
    return (await rest('POST', '/rest/credentials/test', { credentials })).data;
  };
  await report.check('the test of the credential passes on the server', async () => {
    equal((await test(serverUrl)).status, 'OK');
    equal((await test(`${serverUrl}/v1/`)).status, 'OK');
  });
  await report.check('and not where nothing listens', async () => {
    equal((await test(`http://127.0.0.1:${await freePort()}`)).status, 'Error');
  });
  await report.check('the list of models comes from the server', async () => {
    const { data } = await rest('POST', '/rest/dynamic-node-parameters/resource-locator-results', {
      path: 'parameters.model',
      methodName: 'searchModels',
      nodeTypeAndVersion: { name: 'n8n-nodes-h2ovl.h2ovl', version: 1 },
      currentNodeParameters: {},
      credentials: { h2ovlApi: { id: credentialIds.live, name: 'live' } },
    });
    includes(JSON.stringify(data.results), '"nano"');
  });
}

async function checkStop({ base, rest }, serverUrl) {
  await report.check('Stop in n8n leaves the server idle within a second', async () => {
    const isBusy = async () => (await (await fetch(`${serverUrl}/health`)).json()).queue.running > 0;
    const answer = postFile(base, 'endless', longDocument).catch(() => undefined);
    await waitFor('the work', isBusy, { everyMs: 5 });
    const filter = encodeURIComponent(JSON.stringify({ workflowId: hookId(7) }));
    const running = (await rest('GET', `/rest/executions?limit=1&filter=${filter}`)).data.results[0];
    const startedAt = Date.now();
    const stopped = rest('POST', `/rest/executions/${running.id}/stop`);
    // Between two requests the server is idle for a moment: only a longer silence counts.
    let lastBusyAt = startedAt;
    while (Date.now() - lastBusyAt < 1500) {
      if (await isBusy()) lastBusyAt = Date.now();
      if (lastBusyAt - startedAt > 1000) throw new Error('It is still at work after 1 s.');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await stopped;
    await answer;
    const { status } = await lastExecution(rest, 7);
    equal(status, 'canceled');
    return `idle after ${lastBusyAt - startedAt} ms`;
  });
}
