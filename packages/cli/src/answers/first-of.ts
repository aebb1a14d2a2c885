/** The only result of an operation on one page. */
export async function firstOf<Result>(results: AsyncIterable<Result>): Promise<Result> {
  for await (const result of results) return result;
  throw new Error('The page has no result.'); // one page was asked for
}
