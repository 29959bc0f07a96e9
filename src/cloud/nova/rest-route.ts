// One kind of request of the API: method, path below the project, and what answers it.

export type Json = Record<string, unknown>

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: RegExp
  /** Status and body; `parts` are the groups of the path, decoded. */
  handle(parts: readonly string[], body: Json, query: URLSearchParams, microversion: number): readonly [status: number, body: Json | null]
}

export function route(method: Route['method'], path: RegExp, handle: Route['handle']): Route {
  return { method, path, handle }
}

/** For calls that answer nothing. */
export function done(work: () => void): null {
  work()
  return null
}
