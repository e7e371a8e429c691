import t from 'tap'
import { codeOf, problemOf, SlowRedisError } from '../../../core/shared/redis-problem.js'

t.test('tells errors of Redis and of the way to it apart', async t => {
  const known: [error: unknown, code: string][] = [
    [new Error('WRONGPASS invalid username-password pair or user is disabled.'), 'wrong-password'],
    [new Error('NOAUTH Authentication required.'), 'wrong-password'],
    [new Error('ERR AUTH <password> called without any password configured for the default user'), 'wrong-password'],
    [new Error("NOPERM this user has no permissions to run the 'xadd' command"), 'no-permission'],
    [new Error("READONLY You can't write against a read only replica."), 'read-only'],
    [new Error("OOM command not allowed when used memory > 'maxmemory'."), 'full'],
    [new Error('ERR Error running script (call to f_1): @user_script:5: OOM command not allowed'), 'full'],
    [new Error('MISCONF Redis is configured to save RDB snapshots, but it is currently not able to persist'), 'full'],
    [new Error('WRONGTYPE Operation against a key holding the wrong kind of value'), 'foreign-key'],
    [new Error("ERR unknown command 'XAUTOCLAIM'"), 'too-old'],
    [new Error('connect ECONNREFUSED 127.0.0.1:1'), 'not-reached'],
    [new AggregateError([new Error('connect ECONNREFUSED ::1:1')], ''), 'not-reached'],
    [new Error('self-signed certificate'), 'not-reached'],
    [new Error("Stream isn't writeable and enableOfflineQueue options is false"), 'not-reached'],
    [new Error('LOADING Redis is loading the dataset in memory'), 'not-reached'],
    [new Error('UNBLOCKED force unblock from blocking operation, instance state changed'), 'not-reached'],
    [new Error('NOREPLICAS Not enough good replicas to write.'), 'full'],
    [new SlowRedisError('XADD', 2000), 'slow'],
    [new Error('ERR Protocol error'), 'failed'],
  ]
  for (const [error, code] of known) t.equal(codeOf(error), code, String(error))
})

t.test('every sentence names the place and is one line', async t => {
  const { says } = problemOf(new Error('NOPERM no'), 'redis://host', 'shop')
  t.match(says, /^redis:\/\/host: .*~\{shop\}:\* &\{shop\}:\*/)
  t.notMatch(says, /\n/)
})
