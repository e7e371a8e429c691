// Databases of their own on one server.
import pg from 'pg'

/** The URL of the database of that name, which is made where it is missing. */
export async function databaseOf(url: string, name: string): Promise<string> {
  const client = new pg.Client(url)
  await client.connect()
  const { rows } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
  if (rows.length === 0) await client.query(`CREATE DATABASE "${name}"`)
  await client.end()
  const named = new URL(url)
  named.pathname = `/${name}`
  return named.href
}

export async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
