import type { Frame } from './frames.ts';

/** A number for each object, for as long as it lives. */
const ids = new WeakMap<object, number>();
let nextId = 1;

export function idOf(object: object): number {
  let id = ids.get(object);
  if (id === undefined) {
    id = nextId;
    nextId += 1;
    ids.set(object, id);
  }
  return id;
}

/** Equal for frames that go on in the same way. `next` names the frame below, where the caller has a shorter name for it. */
export function identifyFrame(frame: Frame, next: (frame: Frame) => string = identifyFrame): string {
  switch (frame.kind) {
    case 'end':
      return 'e';
    case 'value':
      return `v${frame.goal.id}:${frame.levels}:${frame.depth}|${next(frame.below)}`;
    case 'text':
      return `t${idOf(frame.bytes)}:${frame.position}|${next(frame.below)}`;
    case 'number':
      return `n${idOf(frame.form)}:${frame.state}|${next(frame.below)}`;
    case 'string':
      return `s${idOf(frame.form)}:${frame.state}:${frame.encoding}:${frame.need}:${frame.room}|${next(frame.below)}`;
    case 'array':
      return `a${frame.phase[0]}${idOf(frame.form)}:${frame.count}:${frame.used}:${frame.levels}:${frame.depth}|${next(frame.below)}`;
    case 'object': {
      const free = frame.free.length === 0 ? '' : JSON.stringify(frame.free);
      return `o${frame.phase[0]}${idOf(frame.shape)}:${frame.next}:${frame.seen}:${frame.count}:${free}:${frame.depth}|${next(frame.below)}`;
    }
    case 'key':
      return `k${frame.node}:${frame.state}:${frame.encoding}:${frame.room}:${JSON.stringify(frame.text)}|${next(frame.object)}`;
    case 'colon':
      return `c|${next(frame.value)}`;
    default:
      return frame satisfies never;
  }
}
