// URLs as curl and wget take them: the scheme may be missing.
export interface Url {
  readonly scheme: string
  readonly user: string | null
  readonly host: string
  readonly port: number
  /** With the query, at least `/`. */
  readonly path: string
}

/** Null when there is no host in it. */
export function parseUrl(text: string): Url | null {
  const match = /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?(?:([^/@]*)@)?([^/:?#]+)(?::(\d+))?([/?][^#]*)?(?:#.*)?$/.exec(text)
  if (match === null) return null
  const scheme = (match[1] ?? 'http').toLowerCase()
  const path = match[5] ?? '/'
  return {
    scheme,
    user: match[2] ?? null,
    host: match[3]!,
    port: match[4] === undefined ? (scheme === 'https' ? 443 : 80) : Number(match[4]),
    path: path.startsWith('/') ? path : `/${path}`,
  }
}

/** `host`, or `host:port` when the port is not the scheme's own. */
export function hostHeader(url: Url): string {
  return url.port === (url.scheme === 'https' ? 443 : 80) ? url.host : `${url.host}:${url.port}`
}
