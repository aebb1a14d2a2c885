// What any program does with ONNX Runtime, without a guard against telemetry: load it, open a graph, stay a while.
// Arguments: address of onnxruntime-node, graph, seconds to stay.
const [address, graph, seconds] = process.argv.slice(2);
const { default: ort } = await import(address);
const session = await ort.InferenceSession.create(graph);
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
console.log(session.inputNames.join());
process.exit(0);
