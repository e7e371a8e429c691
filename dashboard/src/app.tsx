// Which page is at which URL.
import { useSyncExternalStore } from 'react'
import { Redirect, Route, Switch } from 'wouter'
import { AnomaliesPage, AnomalyPage } from './pages/anomalies.js'
import { ExchangesPage } from './pages/exchanges.js'
import { HealthPage } from './pages/health.js'
import { ImmortalityPage } from './pages/immortality.js'
import { JournalPage } from './pages/journal.js'
import { LivePage } from './pages/live.js'
import { LoginPage } from './pages/login.js'
import { MatchPage } from './pages/match.js'
import { OutagePage, OutagesPage } from './pages/outages.js'
import { ReplayPage, ReplaysPage } from './pages/replays.js'
import { RoutePage, RoutesPage } from './pages/routes.js'
import { SettingsPage } from './pages/settings.js'
import { Shell } from './parts/shell.js'
import { Empty } from './parts/states.js'
import { isRefused, onSessionChange } from './session.js'

export function App() {
  const needsToken = useSyncExternalStore(onSessionChange, isRefused)
  if (needsToken) return <LoginPage />
  return (
    <Shell>
      <Switch>
        <Route path="/">
          <Redirect to="/live" replace />
        </Route>
        <Route path="/live" component={LivePage} />
        <Route path="/health" component={HealthPage} />
        <Route path="/immortality" component={ImmortalityPage} />
        <Route path="/routes" component={RoutesPage} />
        <Route path="/routes/:id">{({ id }) => <RoutePage id={id} />}</Route>
        <Route path="/match" component={MatchPage} />
        <Route path="/exchanges" component={ExchangesPage} />
        <Route path="/replays" component={ReplaysPage} />
        <Route path="/replays/:id">{({ id }) => <ReplayPage id={id} />}</Route>
        <Route path="/journal" component={JournalPage} />
        <Route path="/outages" component={OutagesPage} />
        <Route path="/outages/:id">{({ id }) => <OutagePage id={id} />}</Route>
        <Route path="/anomalies" component={AnomaliesPage} />
        <Route path="/anomalies/:id">{({ id }) => <AnomalyPage id={id} />}</Route>
        <Route path="/settings" component={SettingsPage} />
        <Route>
          <Empty title="There is no such page">The menu above names those that there are.</Empty>
        </Route>
      </Switch>
    </Shell>
  )
}
