import { sameAsRecorded } from '../util/recorded.js'

/** The long usages of these tools are netlab's own words. */
const DIFFERS: ReadonlySet<string> = new Set(['killall', 'pgrep -z', 'pkill -FOO x', 'free -z', 'uptime -z', 'free --foo', 'w -z'])

sameAsRecorded('procps', DIFFERS)
