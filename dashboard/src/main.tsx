import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.js'
import { live } from './live-store.js'
import './main.css'
import { applyTheme } from './use-theme.js'

applyTheme()
live.start()
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
