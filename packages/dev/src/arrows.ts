import type { Import } from './imports.ts';

/** The allow-list of `arrows.json`: what may import what. */
export interface Arrows {
  /** For each package, the other packages of this repository that its source may import. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  /** Rooms of a package's `src`, top floor first: a room may import floors below its own, and itself. */
  readonly floors: Readonly<Record<string, readonly (readonly string[])[]>>;
  /** Libraries, and parts of our own packages, that only some folders may import. */
  readonly only: Readonly<Record<string, readonly string[]>>;
}

const packageOf: Readonly<Record<string, string>> = { h2ovl: 'cli', 'n8n-nodes-h2ovl': 'n8n-node' };

/** Why an import is not allowed, as a sentence; undefined when it is. */
export function refuse({ from, to }: Import, arrows: Arrows): string | undefined {
  const [owner = '', ...inside] = from.split('/');
  const library = to
    .split('/')
    .slice(0, to.startsWith('@') ? 2 : 1)
    .join('/');
  const guarded = Object.keys(arrows.only).find((name) => to === name || to.startsWith(`${name}/`));
  const places = guarded === undefined ? undefined : arrows.only[guarded];
  if (places && !places.some((place) => from.startsWith(`${place}/`)))
    return `${from} imports ${guarded}, which only ${places.join(', ')} may.`;
  const isOwnFile = to.startsWith(`${owner}/`);
  if (isOwnFile) return refuseFloor(owner, inside, to.split('/').slice(1), from, to, arrows);
  const target = to.startsWith('@h2ovl/') ? library.slice('@h2ovl/'.length) : packageOf[library];
  if (target !== undefined) {
    if (arrows.packages[owner]?.includes(target)) return undefined;
    return `${from} imports the package ${target}; ${owner} may import ${arrows.packages[owner]?.join(', ') || 'none'}.`;
  }
  const reachesInto = Object.keys(arrows.packages).find((name) => to.startsWith(`${name}/`));
  return reachesInto === undefined ? undefined : `${from} reaches into ${to}; a package is imported by its name.`;
}

function refuseFloor(
  owner: string,
  fromParts: readonly string[],
  toParts: readonly string[],
  from: string,
  to: string,
  arrows: Arrows,
): string | undefined {
  const floors = arrows.floors[owner];
  if (!floors || fromParts[0] !== 'src' || toParts[0] !== 'src') return undefined;
  const [fromRoom = '', toRoom = ''] = [fromParts[1], toParts[1]];
  if (fromRoom === toRoom) return undefined;
  const floorOf = (room: string): number => floors.findIndex((floor) => floor.includes(room));
  if (floorOf(fromRoom) < 0) return `${from} stands in a room that arrows.json does not have: ${fromRoom}.`;
  if (floorOf(toRoom) < 0) return `${from} imports ${to}, a room that arrows.json does not have.`;
  return floorOf(toRoom) > floorOf(fromRoom) ? undefined : `${from} imports ${to}: ${fromRoom} does not stand above ${toRoom}.`;
}
