// Where a learner's own files are: XDG directories, %APPDATA%, ~/Library; NLAB_HOME overrides them all.
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface NetlabDirs {
  /** Progress and journals. */
  readonly data: string
  readonly config: string
  /** Shell history and the like. */
  readonly state: string
}

export function netlabDirs(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): NetlabDirs {
  const own = env['NLAB_HOME']
  if (own) return { data: own, config: own, state: own }
  if (platform === 'win32') {
    const local = env['LOCALAPPDATA'] || join(home, 'AppData', 'Local')
    const roaming = env['APPDATA'] || join(home, 'AppData', 'Roaming')
    return { data: join(local, 'netlab', 'Data'), config: join(roaming, 'netlab', 'Config'), state: join(local, 'netlab', 'State') }
  }
  if (platform === 'darwin') {
    const library = join(home, 'Library')
    return {
      data: join(library, 'Application Support', 'netlab'),
      config: join(library, 'Preferences', 'netlab'),
      state: join(library, 'Application Support', 'netlab'),
    }
  }
  const xdg = (name: string, fallback: string) => join(absolute(env[name]) ?? join(home, fallback), 'netlab')
  return {
    data: xdg('XDG_DATA_HOME', '.local/share'),
    config: xdg('XDG_CONFIG_HOME', '.config'),
    state: xdg('XDG_STATE_HOME', '.local/state'),
  }
}

// The XDG rules say that a relative path is to be ignored.
function absolute(path: string | undefined): string | null {
  return path?.startsWith('/') ? path : null
}
