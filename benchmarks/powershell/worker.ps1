<#
Does work with this module, or with Invoke-RestMethod as somebody would who knows it well: one line of JSON in for each
piece of work, one out with how long it took.
#>
param(
    [Parameter(Mandatory)]
    [string] $ModulePath
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Import-Module Microsoft.PowerShell.Utility
Import-Module $ModulePath

$base = $env:OPENROUTER_BASE_URL
$headers = @{ Authorization = "Bearer $env:OPENROUTER_MANAGEMENT_KEY" }

# A session keeps its connection from call to call, but is for one thread: side by side, each lane has its own.
$session = [Microsoft.PowerShell.Commands.WebRequestSession]::new()
$session.Headers['Authorization'] = $headers.Authorization

function Split-Lane([object[]] $Item, [int] $Count) {
    $lanes = @(foreach ($lane in 1..$Count) { , [System.Collections.Generic.List[object]]::new() })
    for ($at = 0; $at -lt $Item.Count; $at++) { $lanes[$at % $Count].Add($Item[$at]) }
    $lanes
}

$works = @{
    'list/module' = {
        $keys = Get-ByokKey
        $keys.Count
    }
    'list/rest' = {
        $keys = [System.Collections.Generic.List[object]]::new()
        do {
            $page = Invoke-RestMethod "$base/byok?offset=$($keys.Count)&limit=100" -WebSession $session
            $keys.AddRange($page.data)
        } while ($page.data.Count -gt 0 -and $keys.Count -lt $page.total_count)
        $keys.Count
    }
    'list/parallel' = {
        $first = Invoke-RestMethod "$base/byok?limit=100" -Headers $headers
        $offsets = for ($offset = 100; $offset -lt $first.total_count; $offset += 100) { $offset }
        $keys = @($first.data) + @(
            Split-Lane $offsets $order.concurrency | ForEach-Object -ThrottleLimit $order.concurrency -Parallel {
                $session = [Microsoft.PowerShell.Commands.WebRequestSession]::new()
                foreach ($offset in $_) {
                    (Invoke-RestMethod "$using:base/byok?offset=$offset&limit=100" -Headers $using:headers -WebSession $session).data
                }
            }
        )
        $keys.Count
    }
    'get/module' = {
        $keys = $rows | Get-ByokKey -ThrottleLimit $order.concurrency
        $keys.Count
    }
    'pass/module' = {
        $null = Get-ByokKey
        $order.count
    }
    'sync/module' = {
        $results = $rows | Sync-ByokKey -ThrottleLimit $order.concurrency
        $results.Count
    }
    'sync/loop' = {
        foreach ($row in $rows) {
            $key = Get-ByokKey $row.Id
            if ($key.Name -cne $row.Name) { Set-ByokKey $row.Id -Name $row.Name }
        }
        $rows.Count
    }
    'sync/reads' = {
        $stored = @{}
        $rows.Id | Get-ByokKey -ThrottleLimit $order.concurrency | ForEach-Object { $stored[$_.Id] = $_ }
        $rows | Where-Object { $stored[$_.Id].Name -cne $_.Name } | Set-ByokKey -ThrottleLimit $order.concurrency
        $rows.Count
    }
    'stream/module' = {
        $count = 0
        $peak = 0
        Get-ByokKey | ForEach-Object {
            $count++
            if ($count % 100 -eq 0) {
                $now = [Environment]::WorkingSet
                if ($count -eq 100) { $atFirstPage = $now }
                if ($count -eq 10000) { $early = $clock.Elapsed.TotalMilliseconds }
                if ($now -gt $peak) { $peak = $now }
            }
        }
        @{ count = $count; growth = $peak - $atFirstPage; early = $early }
    }
    'stream/rest' = {
        $count = 0
        $peak = 0
        do {
            $page = Invoke-RestMethod "$base/byok?offset=$count&limit=100" -WebSession $session
            $count += $page.data.Count
            $now = [Environment]::WorkingSet
            if ($count -eq 100) { $atFirstPage = $now }
            if ($count -eq 10000) { $early = $clock.Elapsed.TotalMilliseconds }
            if ($now -gt $peak) { $peak = $now }
        } while ($page.data.Count -gt 0 -and $count -lt $page.total_count)
        @{ count = $count; growth = $peak - $atFirstPage; early = $early }
    }
    'rotate/module' = {
        $rows | Set-ByokKey -ThrottleLimit $order.concurrency
        $rows.Count
    }
    'rotate/rest' = {
        foreach ($row in $order.rows) {
            $null = Invoke-RestMethod "$base/byok/$($row.id)" -Method Patch -ContentType application/json -Body (@{ key = $row.key } | ConvertTo-Json) -WebSession $session
        }
        $rows.Count
    }
    'rotate/parallel' = {
        Split-Lane $order.rows $order.concurrency | ForEach-Object -ThrottleLimit $order.concurrency -Parallel {
            $session = [Microsoft.PowerShell.Commands.WebRequestSession]::new()
            foreach ($row in $_) {
                $null = Invoke-RestMethod "$using:base/byok/$($row.id)" -Method Patch -ContentType application/json -Body (@{ key = $row.key } | ConvertTo-Json) -Headers $using:headers -WebSession $session
            }
        }
        $rows.Count
    }
    'create/module' = {
        $created = $rows | New-ByokKey -ThrottleLimit $order.concurrency
        $created.Count
    }
    'create/rest' = {
        foreach ($row in $order.rows) {
            $null = Invoke-RestMethod "$base/byok" -Method Post -ContentType application/json -Body ($row | ConvertTo-Json) -WebSession $session
        }
        $rows.Count
    }
    'create/parallel' = {
        Split-Lane $order.rows $order.concurrency | ForEach-Object -ThrottleLimit $order.concurrency -Parallel {
            $session = [Microsoft.PowerShell.Commands.WebRequestSession]::new()
            foreach ($row in $_) {
                $null = Invoke-RestMethod "$using:base/byok" -Method Post -ContentType application/json -Body ($row | ConvertTo-Json) -Headers $using:headers -WebSession $session
            }
        }
        $rows.Count
    }
    'delete/module' = {
        Get-ByokKey | Remove-ByokKey -Confirm:$false -ThrottleLimit $order.concurrency
        0
    }
    'delete/rest' = {
        $offset = 0
        do {
            $page = Invoke-RestMethod "$base/byok?offset=$offset&limit=100" -WebSession $session
            foreach ($key in $page.data) {
                $null = Invoke-RestMethod "$base/byok/$($key.id)" -Method Delete -WebSession $session
            }
            $offset += $page.data.Count
        } while ($page.data.Count -gt 0)
        $offset
    }
    'delete/parallel' = {
        $offset = 0
        do {
            $page = Invoke-RestMethod "$base/byok?offset=$offset&limit=100" -Headers $headers
            Split-Lane $page.data $order.concurrency | ForEach-Object -ThrottleLimit $order.concurrency -Parallel {
                $session = [Microsoft.PowerShell.Commands.WebRequestSession]::new()
                foreach ($key in $_) {
                    $null = Invoke-RestMethod "$using:base/byok/$($key.id)" -Method Delete -Headers $using:headers -WebSession $session
                }
            }
            $offset += $page.data.Count
        } while ($page.data.Count -gt 0)
        $offset
    }
}

while ($null -ne ($line = [Console]::In.ReadLine())) {
    $order = $line | ConvertFrom-Json

    # Keys come as SecureStrings out of a vault; making them is not part of the work.
    $rows = @(foreach ($row in $order.rows) {
        $copy = [pscustomobject]@{}
        if ($row.key) { $copy | Add-Member -NotePropertyName Key -NotePropertyValue (ConvertTo-SecureString $row.key -AsPlainText -Force) }
        foreach ($field in 'Id', 'Provider', 'Name') {
            if ($row.$field) { $copy | Add-Member -NotePropertyName $field -NotePropertyValue $row.$field }
        }
        $copy
    })
    $Error.Clear()
    try {
        # Other builds of the module and other versions of HTTP do the work with the same commands.
        $work = $works[$order.work -replace '/(before|http1|http2)$', '/module']
        $process = [System.Diagnostics.Process]::GetCurrentProcess()
        $before = $process.TotalProcessorTime
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        # As in a session at a prompt: with Stop, nothing may run behind a record that can still fail.
        $ErrorActionPreference = 'Continue'
        $result = & $work 3>&1 | ForEach-Object { if ($_ -is [System.Management.Automation.WarningRecord]) { [Console]::Error.WriteLine($_) } else { $_ } }
        $milliseconds = $clock.Elapsed.TotalMilliseconds
        $process.Refresh()
        $ErrorActionPreference = 'Stop'
        if ($Error) { throw $Error[-1] }
        $answer = $result -is [hashtable] ? $result : @{ count = $result }
        $answer.milliseconds = $milliseconds
        $answer.processor = ($process.TotalProcessorTime - $before).TotalMilliseconds
    }
    catch {
        $ErrorActionPreference = 'Stop'
        $answer = @{ error = "$_" }
    }
    [Console]::Out.WriteLine(($answer | ConvertTo-Json -Compress))
}
