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

# A session keeps its connection from call to call.
$session = [Microsoft.PowerShell.Commands.WebRequestSession]::new()
$session.Headers['Authorization'] = $headers.Authorization

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
            $offsets | ForEach-Object -ThrottleLimit $order.concurrency -Parallel {
                (Invoke-RestMethod "$using:base/byok?offset=$_&limit=100" -Headers $using:headers).data
            }
        )
        $keys.Count
    }
    'stream/module' = {
        $count = 0
        $atFirstPage = 0
        $peak = 0
        Get-ByokKey | ForEach-Object {
            $count++
            if ($count % 1000 -eq 0 -or $count -eq 100) {
                $now = [Environment]::WorkingSet
                if ($count -eq 100) { $atFirstPage = $now }
                if ($now -gt $peak) { $peak = $now }
            }
        }
        @{ count = $count; growth = [Math]::Max($peak, [Environment]::WorkingSet) - $atFirstPage }
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
        $order.rows | ForEach-Object -ThrottleLimit $order.concurrency -Parallel {
            $null = Invoke-RestMethod "$using:base/byok/$($_.id)" -Method Patch -ContentType application/json -Body (@{ key = $_.key } | ConvertTo-Json) -Headers $using:headers
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
        $order.rows | ForEach-Object -ThrottleLimit $order.concurrency -Parallel {
            $null = Invoke-RestMethod "$using:base/byok" -Method Post -ContentType application/json -Body ($_ | ConvertTo-Json) -Headers $using:headers
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
            $page.data | ForEach-Object -ThrottleLimit $order.concurrency -Parallel {
                $null = Invoke-RestMethod "$using:base/byok/$($_.id)" -Method Delete -Headers $using:headers
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
        $copy = [pscustomobject]@{ Key = ConvertTo-SecureString $row.key -AsPlainText -Force }
        foreach ($field in 'Id', 'Provider', 'Name') {
            if ($row.$field) { $copy | Add-Member -NotePropertyName $field -NotePropertyValue $row.$field }
        }
        $copy
    })
    try {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $result = & $works[$order.work]
        $milliseconds = $clock.Elapsed.TotalMilliseconds
        $answer = $result -is [hashtable] ? $result : @{ count = $result }
        $answer.milliseconds = $milliseconds
    }
    catch {
        $answer = @{ error = "$_" }
    }
    [Console]::Out.WriteLine(($answer | ConvertTo-Json -Compress))
}
