// Preloaded into a proxy: a process that is to take over from another ends as soon as it has what BREAK_AT says: the memory
// (`yours`) or the journal (`journal`).
if (process.env.CHAOSPROXY_INHERITANCE !== undefined)
  process.on('message', message => {
    if ((message as { kind?: string }).kind === process.env.BREAK_AT) process.exit(9)
  })
