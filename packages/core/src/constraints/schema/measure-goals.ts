import { type ArrayForm, type Form, type Goal, impossible, type ObjectForm } from './goal.ts';

/**
 * Finds for each goal how many levels its flattest value needs: the least numbers that agree with each other. A goal that keeps `impossible`
 * has no finite value at all.
 */
export function measureGoals(goals: readonly Goal[]): void {
  const users = new Map<Goal, Set<Goal>>();
  for (const goal of goals) {
    for (const part of goal.forms.flatMap(partsOf)) {
      const known = users.get(part) ?? new Set();
      users.set(part, known.add(goal));
    }
  }
  let pending = new Set(goals);
  while (pending.size > 0) {
    const next = new Set<Goal>();
    for (const goal of pending) {
      const height = Math.min(impossible, ...goal.forms.map(heightOf));
      if (height >= goal.height) continue;
      goal.height = height;
      for (const user of users.get(goal) ?? []) next.add(user);
    }
    pending = next;
  }
}

function partsOf(form: Form): readonly Goal[] {
  if (form.type === 'array') return [...form.prefix, form.rest];
  if (form.type === 'object') return [...form.members.map(({ goal }) => goal), ...(form.open?.goals ?? [])];
  return [];
}

/** Levels of the flattest value of this form. */
export function heightOf(form: Form): number {
  if (form.type === 'array') return heightOfArray(form);
  if (form.type === 'object') return heightOfObject(form);
  return 0;
}

function heightOfArray({ prefix, rest, min }: ArrayForm): number {
  let height = 0;
  for (const goal of prefix.slice(0, min)) height = Math.max(height, goal.height);
  if (min > prefix.length) height = Math.max(height, rest.height);
  return 1 + height;
}

/** All required members, and as many of the flattest others as `min` asks for. */
function heightOfObject(form: ObjectForm): number {
  const required = form.members.filter(({ isRequired }) => isRequired);
  if (required.length > form.max) return impossible;
  const base = Math.max(0, ...required.map(({ goal }) => goal.height));
  const missing = form.min - required.length;
  if (base === impossible || missing <= 0) return 1 + base;
  const optional = form.members.filter(({ isRequired }) => !isRequired).map(({ goal }) => goal.height);
  const levels = [...new Set([base, ...optional, ...(form.open?.goals ?? []).map(({ height }) => height)])].sort((a, b) => a - b);
  for (const level of levels) {
    if (level < base || level === impossible) continue;
    const writable = optional.filter((height) => height <= level).length;
    if (writable + countOpen(form, level) >= missing) return 1 + level;
  }
  return impossible;
}

/** How many members beyond the declared ones can be written, with values of so many levels. */
export function countOpen({ open, members }: ObjectForm, level: number): number {
  if (open === undefined) return 0;
  const names = open.namesWithin(level);
  if (names.isEmpty) return 0;
  const taken = members.filter(({ name }) => names.matches(name)).length;
  return Math.min(names.countFrom(0) - taken, open.maxCount);
}
