import { scaledFactor } from '../number/decimal.ts';
import { numberDfa } from '../number/number-dfa.ts';
import { largestFactor, type NumberLimits, type NumberSpelling } from '../number/number-states.ts';
import { buildDfa } from '../regex/build-dfa.ts';
import { intersectDfas, lengthDfa, literalsDfa, uniteDfas } from '../regex/combine-dfa.ts';
import type { Dfa } from '../regex/dfa.ts';
import { parseRegex, RegexRefusal } from '../regex/parse-regex.ts';
import { formatDfa } from './formats.ts';
import type { NumberForm, StringForm } from './goal.ts';
import { refuse } from './refusals.ts';
import type { SchemaNode } from './schema-document.ts';
import type { Workshop } from './workshop.ts';

type Keywords = Readonly<Record<string, unknown>>;

const anySpelling: NumberSpelling = {
  maxWholeDigits: Number.POSITIVE_INFINITY,
  maxFractionDigits: Number.POSITIVE_INFINITY,
  allowsRedundantZeros: true,
  allowsExponent: true,
};

const knownNumbers = new Map<string, Dfa>();
const maxKnownNumbers = 200;
const knownPatterns = new Map<string, Dfa>();
const maxKnownPatterns = 100;
const maxMinLength = 400; // a least length beside a pattern is written into its automaton
const maxPatternBytes = 4000;

/** The numbers that fit, or undefined when none does. */
export function numberFormOf(workshop: Workshop, nodes: readonly SchemaNode[], isInteger: boolean): NumberForm | undefined {
  const limits = numberLimitsOf(workshop, nodes, isInteger);
  const { bounds } = workshop;
  const spelling: NumberSpelling =
    workshop.kind === 'schema'
      ? anySpelling
      : {
          maxWholeDigits: digitsFor(limits, bounds.maxWholeDigits),
          maxFractionDigits: bounds.maxFractionDigits,
          allowsRedundantZeros: false,
          allowsExponent: false,
        };
  const dfa = makeNumberDfa(workshop, limits, spelling, nodes);
  return dfa.isEmpty ? undefined : { type: 'number', dfa };
}

/** Whether one number fits, whatever its size. */
export function fitsNumber(workshop: Workshop, nodes: readonly SchemaNode[], isInteger: boolean, plain: string): boolean {
  return makeNumberDfa(workshop, numberLimitsOf(workshop, nodes, isInteger), anySpelling, nodes).matches(plain);
}

/** Exactly one number, in any spelling without an exponent, and in the one that JSON's writers give it. */
export function onlyNumber(workshop: Workshop, value: number, nodes: readonly SchemaNode[]): NumberForm {
  const limits: NumberLimits = { minimum: value, maximum: value, isInteger: false, multiplesOf: [] };
  const dfa = makeNumberDfa(workshop, limits, anySpelling, nodes);
  const written = JSON.stringify(value);
  return { type: 'number', dfa: written.includes('e') ? uniteDfas([dfa, literalsDfa([written])]) : dfa, only: value };
}

/** Bounds of the schema's own may ask for more digits than the default. */
function digitsFor({ minimum = 0, exclusiveMinimum = 0, maximum = 0, exclusiveMaximum = 0 }: NumberLimits, usual: number): number {
  const largest = Math.max(...[minimum, exclusiveMinimum, maximum, exclusiveMaximum].map(Math.abs));
  return largest < 1e15 ? usual : Math.min(400, Math.ceil(Math.log10(largest)) + 1);
}

function makeNumberDfa(workshop: Workshop, limits: NumberLimits, spelling: NumberSpelling, nodes: readonly SchemaNode[]): Dfa {
  const key = JSON.stringify([limits, spelling]);
  let dfa = knownNumbers.get(key);
  if (dfa === undefined) {
    dfa = numberDfa(limits, spelling);
    if (dfa === undefined) return refuse(placeOf(nodes), undefined, 'limits a number in a way that takes too large an automaton');
    workshop.spend(dfa.size);
    if (knownNumbers.size >= maxKnownNumbers) knownNumbers.clear();
    knownNumbers.set(key, dfa);
  }
  return dfa;
}

function numberLimitsOf(workshop: Workshop, nodes: readonly SchemaNode[], isInteger: boolean): NumberLimits {
  const pick = (keyword: string, choose: (...values: number[]) => number): number | undefined => {
    const values = numbersOf(nodes, keyword);
    return values.length === 0 ? undefined : choose(...values);
  };
  const multiplesOf: number[] = [];
  for (const node of nodes) {
    const { multipleOf } = node.schema as Keywords;
    if (multipleOf === undefined) continue;
    if (typeof multipleOf === 'number' && scaledFactor(multipleOf, largestFactor) !== undefined) multiplesOf.push(multipleOf);
    else
      workshop.refuse({
        keyword: 'multipleOf',
        pointer: node.pointer,
        reason: `is ${String(multipleOf)}: its digits must come to no more than ${largestFactor}`,
      });
  }
  return {
    minimum: pick('minimum', Math.max),
    exclusiveMinimum: pick('exclusiveMinimum', Math.max),
    maximum: pick('maximum', Math.min),
    exclusiveMaximum: pick('exclusiveMaximum', Math.min),
    isInteger,
    multiplesOf: [...new Set(multiplesOf)],
  };
}

/** The texts that fit, or undefined when none does. */
export function stringFormOf(workshop: Workshop, nodes: readonly SchemaNode[], literals?: readonly string[]): StringForm | undefined {
  const min = Math.max(0, ...numbersOf(nodes, 'minLength'));
  const max = Math.min(Number.POSITIVE_INFINITY, ...numbersOf(nodes, 'maxLength'));
  if (min > max) return undefined;
  const conditions = conditionsOf(workshop, nodes);
  if (literals !== undefined) {
    const fitting = literals.filter((text) => {
      const length = [...text].length;
      return length >= min && length <= max && conditions.every((dfa) => dfa.matches(text));
    });
    if (fitting.length === 0) return undefined;
    workshop.spend(fitting.reduce((sum, text) => sum + text.length, 0) / 20);
    return { type: 'string', dfa: literalsDfa(fitting), min: 0, max: Number.POSITIVE_INFINITY, isDefaultBound: false, literals: fitting };
  }
  const dfa = workshop.orLeave(() => joinConditions(workshop, nodes, conditions, min));
  if (dfa?.isEmpty || (dfa !== undefined && (dfa.shortest[0] as number) > max)) return undefined;
  const needsBound =
    workshop.kind === 'decoding' &&
    max === Number.POSITIVE_INFINITY &&
    (dfa === undefined || dfa.longestFrom(0) === Number.POSITIVE_INFINITY);
  const shortest = dfa === undefined ? min : (dfa.shortest[0] as number);
  const bound = needsBound ? Math.max(workshop.bounds.maxStringLength, shortest) : max;
  const isShort = dfa !== undefined && dfa.longestFrom(0) <= bound;
  return {
    type: 'string',
    dfa,
    min: dfa === undefined ? min : 0,
    max: isShort ? Number.POSITIVE_INFINITY : bound,
    isDefaultBound: needsBound,
  };
}

function joinConditions(workshop: Workshop, nodes: readonly SchemaNode[], conditions: readonly Dfa[], min: number): Dfa | undefined {
  const [first, ...others] = conditions;
  if (first === undefined) return undefined;
  return asRefusal(placeOf(nodes), 'pattern', () => {
    const joined = others.reduce((left, right) => intersectDfas(left, right), first);
    if (joined.isEmpty || (joined.shortest[0] as number) >= min) return joined;
    if (min > maxMinLength) throw new RegexRefusal(`stands beside a minLength of ${min}; up to ${maxMinLength} can be joined with it`);
    const dfa = intersectDfas(joined, lengthDfa(min, Number.POSITIVE_INFINITY));
    workshop.spend(dfa.size);
    return dfa;
  });
}

/** Patterns and formats as automata. */
function conditionsOf(workshop: Workshop, nodes: readonly SchemaNode[]): readonly Dfa[] {
  return nodes.flatMap((node) => {
    const { pattern, format } = node.schema as Keywords;
    const found: Dfa[] = [];
    if (typeof pattern === 'string') {
      const dfa = workshop.orLeave(() => patternDfa(workshop, node, pattern, 'pattern'));
      if (dfa !== undefined) found.push(dfa);
    }
    if (typeof format === 'string' && workshop.formats === 'assert') {
      const dfa = formatDfa(format, workshop.kind);
      if (dfa !== undefined) found.push(dfa);
    }
    return found;
  });
}

export function patternDfa(workshop: Workshop, node: SchemaNode, pattern: string, keyword: string): Dfa {
  if (pattern.length > maxPatternBytes) refuse(node.pointer, keyword, `has ${pattern.length} characters, more than ${maxPatternBytes}`);
  return asRefusal(node.pointer, keyword, () => {
    const dfa = knownPatterns.get(pattern) ?? buildDfa(parseRegex(pattern));
    workshop.spend(dfa.size * 4 + dfa.transitionCount / 100);
    if (knownPatterns.size >= maxKnownPatterns) knownPatterns.clear();
    knownPatterns.set(pattern, dfa);
    return dfa;
  });
}

function asRefusal<T>(pointer: string, keyword: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof RegexRefusal) return refuse(pointer, keyword, error.reason);
    throw error;
  }
}

export function numbersOf(nodes: readonly SchemaNode[], keyword: string): number[] {
  return nodes.flatMap(({ schema }) => {
    const value = (schema as Keywords)[keyword];
    return typeof value === 'number' ? [value] : [];
  });
}

export const placeOf = (nodes: readonly SchemaNode[]): string => nodes.at(-1)?.pointer ?? '#';
