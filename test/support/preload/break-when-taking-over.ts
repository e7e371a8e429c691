// Preloaded into a proxy: a process that is to take over from another ends as soon as it has the data.
if (process.env.CHAOSPROXY_INHERITANCE !== undefined)
  process.on('message', message => {
    if ((message as { kind?: string }).kind === 'yours') process.exit(9)
  })
