/** Ids of the credentials and where each leads. */
export const credentialIds = { live: 'e2ecredlive00001', dead: 'e2ecreddead00001', silent: 'e2ecredsilent001' };
const brainId = 'e2ecredbrain0001';

/** Credentials as `n8n import:credentials` takes them. */
export function createCredentials(ports) {
  const own = Object.entries(credentialIds).map(([name, id]) => ({
    id,
    name,
    type: 'h2ovlApi',
    data: { baseUrl: `http://127.0.0.1:${ports[name]}`, apiKey: '', ignoreSslIssues: false },
  }));
  return [...own, { id: brainId, name: 'brain', type: 'openAiApi', data: { apiKey: 'none', url: `http://127.0.0.1:${ports.brain}/v1` } }];
}

/** A workflow that reads files from a folder when it is run by the command line. */
export function createFileWorkflow(id, files, reader) {
  return createWorkflow(
    id,
    [
      { name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, parameters: {} },
      {
        name: 'File',
        type: 'n8n-nodes-base.readWriteFile',
        typeVersion: 1.1,
        parameters: { operation: 'read', fileSelector: files, options: {} },
      },
      createReader(reader),
    ],
    [
      ['Start', 'File'],
      ['File', 'Read'],
    ],
  );
}

/** A workflow that answers a webhook of the same name with what the node gives out. */
export function createHookWorkflow(id, path, reader) {
  return createWorkflow(
    id,
    [
      {
        name: 'Hook',
        type: 'n8n-nodes-base.webhook',
        typeVersion: 2.1,
        webhookId: `00000000-0000-4000-8000-${id.slice(-12)}`,
        parameters: { httpMethod: 'POST', path, responseMode: 'lastNode', responseData: 'allEntries', options: {} },
      },
      createReader(reader),
    ],
    [['Hook', 'Read']],
  );
}

/** A webhook workflow with an AI agent that has the node as its only tool. */
export function createAgentWorkflow(id, path, agentVersion, reader) {
  const workflow = createHookWorkflow(id, path, reader);
  const tool = workflow.nodes.find((node) => node.name === 'Read');
  tool.type = 'n8n-nodes-h2ovl.h2ovlTool';
  const agent = {
    name: 'Agent',
    type: '@n8n/n8n-nodes-langchain.agent',
    typeVersion: agentVersion,
    parameters: { promptType: 'define', text: 'What does the image say?', options: { enableStreaming: false } },
  };
  const brain = {
    name: 'Brain',
    type: '@n8n/n8n-nodes-langchain.lmChatOpenAi',
    typeVersion: 1.2,
    parameters: { model: { __rl: true, mode: 'id', value: 'brain' }, options: {} },
    credentials: { openAiApi: { id: brainId, name: 'brain' } },
  };
  workflow.nodes.push(place(agent, 2), place(brain, 3));
  workflow.connections = {
    Hook: { main: [[link('Agent')]] },
    Read: { ai_tool: [[{ ...link('Agent'), type: 'ai_tool' }]] },
    Brain: { ai_languageModel: [[{ ...link('Agent'), type: 'ai_languageModel' }]] },
  };
  return workflow;
}

/** A workflow whose good items and bad items leave the node by different outputs. */
export function createErrorOutputWorkflow(id, files, reader) {
  const workflow = createFileWorkflow(id, files, { ...reader, onError: 'continueErrorOutput' });
  for (const name of ['Good', 'Bad']) workflow.nodes.push(place({ name, type: 'n8n-nodes-base.noOp', typeVersion: 1, parameters: {} }, 3));
  workflow.connections.Read = { main: [[link('Good')], [link('Bad')]] };
  return workflow;
}

/** The workflow of the README as a user would have it after pasting it and choosing the credential. */
export function createReadmeWorkflow(id, readme) {
  const block = readme.split('```json\n')[1].split('```')[0];
  const { nodes, connections } = JSON.parse(block);
  const reader = nodes.find((node) => node.type === 'n8n-nodes-h2ovl.h2ovl');
  reader.credentials = { h2ovlApi: { id: credentialIds.live, name: 'live' } };
  return { id, name: id, active: false, settings: { executionOrder: 'v1' }, nodes, connections };
}

function createReader({ credential = 'live', onError, ...parameters }) {
  return {
    name: 'Read',
    type: 'n8n-nodes-h2ovl.h2ovl',
    typeVersion: 1,
    ...(onError === undefined ? {} : { onError }),
    parameters: {
      operation: 'readText',
      model: { __rl: true, mode: 'list', value: '' },
      binaryPropertyName: 'data',
      options: {},
      ...parameters,
    },
    credentials: { h2ovlApi: { id: credentialIds[credential], name: credential } },
  };
}

function createWorkflow(id, nodes, arrows) {
  const connections = Object.fromEntries(arrows.map(([from, to]) => [from, { main: [[link(to)]] }]));
  return { id, name: id, active: false, settings: { executionOrder: 'v1' }, nodes: nodes.map(place), connections };
}

function link(node) {
  return { node, type: 'main', index: 0 };
}

function place(node, index) {
  return { id: `${node.name}-${index}`, position: [index * 200, 0], ...node };
}
