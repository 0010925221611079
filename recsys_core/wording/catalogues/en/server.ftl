### What the server answers where it lets a request in no further.

server-strange-host = Not answered: this server listens on this computer alone and was asked for as { QUOTED($host) }. Open it as 127.0.0.1 or localhost. Behind a proxy, name its host: --server.allowedHosts NAME.
server-strange-origin = Not answered: a page of { QUOTED($origin) } asked a server that is opened as { QUOTED($host) }. Behind a proxy that changes the host, name the page's origin: --server.corsAllowedOrigins ORIGIN.
server-metrics-closed = Not found. The server's metrics are closed; STAYING_POWER_METRICS=1 opens them.

## Computing

progress-before-you = { $before ->
        [one] One result comes before yours.
       *[other] { COUNT($before) } results come before yours.
    }
error-computing-died = The process that computed this was ended from outside (exit code { $exit }), most likely for want of memory.
    .advice = Open the page again; where it ends again, give the server more memory or compute fewer results at a time (STAYING_POWER_COMPUTING).
error-computing-no-number = { $variable } is { QUOTED($text) }; it must be a whole number: results that are computed at a time, or 0.
