import { createServer } from 'node:http';

/**
 * A chat model that decides as written down: it calls the one tool it is offered, then repeats what the tool said.
 * It stands in for the brain of the agent only; the tool it calls is the real node.
 */
export async function startAgentBrain() {
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
    const last = body.messages?.at(-1);
    const message =
      last?.role === 'tool'
        ? { role: 'assistant', content: `The tool said: ${last.content}` }
        : {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 'call_1', type: 'function', function: { name: body.tools[0].function.name, arguments: '{}' } }],
          };
    const finish = message.tool_calls === undefined ? 'stop' : 'tool_calls';
    const completion = {
      id: 'chatcmpl-brain',
      object: 'chat.completion',
      created: 1,
      model: body.model,
      choices: [{ index: 0, message, finish_reason: finish }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(completion));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
