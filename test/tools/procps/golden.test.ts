import { sameAsRecorded } from '../util/recorded.js'

sameAsRecorded('procps')
