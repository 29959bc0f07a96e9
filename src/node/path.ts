// Path arithmetic: text only, no tree.

/** `path` from `cwd`, absolute, without `.`, `..` and doubled slashes. */
export function joinPath(cwd: string, path: string): string {
  return `/${pathParts(path.startsWith('/') ? path : `${cwd}/${path}`).join('/')}`
}

export function pathParts(path: string): string[] {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return parts
}

export function parentPath(path: string): string {
  const at = path.replace(/\/+$/, '').lastIndexOf('/')
  return at <= 0 ? '/' : path.slice(0, at)
}

export function baseName(path: string): string {
  const trimmed = path.replace(/\/+$/, '')
  return trimmed === '' ? (path === '' ? '' : '/') : trimmed.slice(trimmed.lastIndexOf('/') + 1)
}
