<#
.SYNOPSIS
The commands of the DSC resource OpenRouter.Byok/Key.

.DESCRIPTION
DSC runs this script as OpenRouter.Byok.Key.dsc.resource.json says: one JSON object on the standard input, JSON lines on
the standard output, messages as JSON lines on the standard error. The exit codes are in the manifest. The connection is
that of the environment, such as OPENROUTER_MANAGEMENT_KEY.
#>
param(
    # What DSC asks for.
    [ValidateSet('get', 'set', 'test', 'export')]
    [string] $Operation
)

$ErrorActionPreference = 'Stop'
$code = 0

# Writes ASCII alone, so that no encoding of a console can change it.
function ConvertTo-JsonLine($Value) {
    ConvertTo-Json -InputObject $Value -Compress -Depth 5 -EscapeHandling EscapeNonAscii
}

function Write-Message([string] $Level, [string] $Message) {
    [Console]::Error.WriteLine((ConvertTo-JsonLine @{ $Level = $Message }))
}

# JSON as PowerShell values. ConvertFrom-Json would make a date of a name that looks like one.
function ConvertFrom-Element($Element) {
    switch ($Element.ValueKind) {
        String { $Element.GetString() }
        True { $true }
        False { $false }
        Number { $Element.GetDouble() }
        Array { , @($Element.EnumerateArray() | ForEach-Object { ConvertFrom-Element $_ }) }
        Object {
            $table = @{}
            $Element.EnumerateObject() | ForEach-Object { $table[$_.Name] = ConvertFrom-Element $_.Value }
            $table
        }
        default { $null }
    }
}

function Read-Instance([string] $Text) {
    # DSC writes UTF-8, and PowerShell has read it in the code page of the console.
    if ([Console]::InputEncoding.CodePage -ne 65001) {
        $Text = [Text.UTF8Encoding]::new().GetString([Console]::InputEncoding.GetBytes($Text))
    }

    if ($Text.Trim()) {
        try {
            $document = [System.Text.Json.JsonDocument]::Parse($Text)
        }
        catch {
            $document = $null
        }

        # The error of the parser is not repeated: it may quote the input, and with it a raw key.
        if ($document.RootElement.ValueKind -ne 'Object') {
            Write-Error 'The input is not a JSON object.' -ErrorId ByokBadRequest
        }

        return ConvertFrom-Element $document.RootElement
    }

    @{}
}

# Runs in a runspace of its own, whose host shows nothing: the text of -WhatIf must not come between the JSON lines.
$work = {
    param([string] $Operation, [hashtable] $Desired, [string] $Module)

    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue'
    if ($env:DSC_TRACE_LEVEL -in 'debug', 'trace') { $VerbosePreference = 'Continue' }
    Import-Module $Module -Verbose:$false

    $fields = [OpenRouter.Byok.KeyFields]::All
    $mustExist = $Desired._exist -ne $false

    function Get-PropertyName($Field) { $Field.Name.Substring(0, 1).ToLowerInvariant() + $Field.Name.Substring(1) }

    # A key as an instance of the resource.
    function ConvertTo-Instance($Key) {
        $instance = [ordered]@{}
        foreach ($field in $fields) {
            $value = $field.GetValue($Key)
            $instance[(Get-PropertyName $field)] =
                if ($value -is [datetimeoffset]) { $value.UtcDateTime.ToString('o') }
                elseif ($value -is [OpenRouter.Byok.AllowList]) { , [string[]]$value }
                else { $value }
        }

        $instance._exist = $true
        $instance
    }

    # What is returned for a key that does not exist: how it was looked for.
    function Get-Absence {
        $instance = [ordered]@{}
        foreach ($name in 'id', 'provider', 'name', 'workspaceId') {
            if ($Desired[$name]) { $instance[$name] = $Desired[$name] }
        }

        $instance._exist = $false
        $instance
    }

    # The instance as a row of Sync-ByokKey.
    function ConvertTo-Row {
        $row = @{}
        foreach ($name in $Desired.Keys | Where-Object { $_ -notin '_exist', '_inDesiredState' }) {
            $value = $Desired[$name]
            $row[$name] =
                if ($name -eq 'key') { ConvertTo-Secret $value }
                elseif ($value -is [array]) {
                    if ($value | Where-Object { $_ -isnot [string] }) { Write-Error "${name}: each entry of the list must be text." -ErrorId ByokBadRequest }
                    , [OpenRouter.Byok.AllowList]::new([string[]]$value)
                }
                elseif ($value -is [hashtable]) { Write-Error "${name}: an object is not accepted." -ErrorId ByokBadRequest }
                else { $value }
        }

        $row
    }

    # DSC passes a parameter of the type secureString as an object with one property.
    function ConvertTo-Secret($Value) {
        if ($Value -isnot [hashtable] -or $Value.Count -ne 1 -or $Value.secureString -isnot [string]) {
            Write-Error 'key: plain text is not accepted, because DSC would show it. Use a parameter of the type secureString.' -ErrorId ByokBadRequest
        }

        $secret = [securestring]::new()
        $Value.secureString.ToCharArray() | ForEach-Object { $secret.AppendChar($_) }
        $secret.MakeReadOnly()
        $secret
    }

    # The key that the instance means; nothing where there is none.
    function Find-Key {
        if ($Desired.id) {
            try {
                return Get-ByokKey -Id $Desired.id
            }
            catch {
                if ($_.FullyQualifiedErrorId -like 'ByokNotFound,*') { return }
                throw
            }
        }

        if (-not $Desired.provider -or -not $Desired.name) { Write-Error 'Give id, or provider and name.' -ErrorId ByokBadRequest }
        $where = if ($Desired.workspaceId) { @{ WorkspaceId = $Desired.workspaceId } } else { @{} }
        $found = @(Get-ByokKey @where | Where-Object { $_.Provider -eq $Desired.provider -and $_.Name -ceq $Desired.name })
        if ($found.Count -gt 1) { Write-Error "$($found.Count) keys have this provider and name: $($found.Id -join ', '). Give the id." -ErrorId ByokBadRequest }
        $found
    }

    function Sync-Key([hashtable] $Row, [hashtable] $Switch) {
        Sync-ByokKey $Row @Switch -ErrorAction SilentlyContinue -ErrorVariable problem
        if ($problem) { throw $problem[0] }
    }

    function Test-Instance {
        $key = Find-Key
        if (-not $key -or -not $mustExist) {
            $actual = if ($key) { ConvertTo-Instance $key } else { Get-Absence }
            $differing = if ($mustExist -ne [bool]$key) { '_exist' }
        }
        else {
            $row = ConvertTo-Row
            $row.Id = $key.Id
            $plan = Sync-Key $row @{ WhatIf = $true }
            $actual = ConvertTo-Instance $key
            $isPlanned = $plan.Action -ne 'Unchanged'
            $differing = if ($isPlanned) { Find-Difference $actual $plan }
        }

        $actual._inDesiredState = -not ($isPlanned -or $differing)
        $actual
        , @($differing | Where-Object { $_ })
    }

    # The properties that the plan would change.
    function Find-Difference($Actual, $Plan) {
        if ($Plan.Changes -like 'Key from *') { 'key', 'keyPath', 'secret' | Where-Object { $Desired[$_] } }
        foreach ($field in $fields | Where-Object Access -EQ CreateAndUpdate) {
            $name = Get-PropertyName $field
            $value = $Desired[$name]
            $isGiven = if ($null -eq $value) { $Desired.ContainsKey($name) -and $field.IsClearable } else { "$value".Trim() -ne '' }
            if ($isGiven -and (ConvertTo-Json $value -Compress) -cne (ConvertTo-Json $Actual[$name] -Compress)) { $name }
        }
    }

    function Sync-Instance {
        if (-not $mustExist) {
            $key = Find-Key
            if ($key) { Remove-ByokKey -Id $key.Id -Confirm:$false }
            return Get-Absence
        }

        $result = Sync-Key (ConvertTo-Row) @{ Confirm = $false }
        ConvertTo-Instance (Get-ByokKey -Id $result.Id)
    }

    function Export-Instance {
        $keys = if ($Desired.workspaceId) { Get-ByokKey -WorkspaceId $Desired.workspaceId } else { Get-ByokWorkspace | Get-ByokKey }
        foreach ($key in $keys) {
            $isWanted = (-not $Desired.id -or $key.Id -eq $Desired.id) -and
                (-not $Desired.provider -or $key.Provider -eq $Desired.provider) -and
                (-not $Desired.name -or $key.Name -ceq $Desired.name)
            if ($isWanted) { ConvertTo-Instance $key }
        }
    }

    switch ($Operation) {
        get {
            $key = Find-Key
            if ($key) { ConvertTo-Instance $key } else { Get-Absence }
        }
        set { Sync-Instance }
        test { Test-Instance }
        export { Export-Instance }
    }
}

# The exit codes of the manifest.
function Get-ExitCode([string] $ErrorId) {
    switch -Regex ($ErrorId) {
        '^Byok(BadRequest|NotFound|InsecureAddress)' { 2; break }
        '^Byok(NotConnected|Unauthorized|Forbidden)' { 3; break }
        '^Byok' { 4; break }
        default { 1 }
    }
}

$text = @($input) -join "`n"
try {
    $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
    $null = $shell.AddScript($work).AddArgument($Operation).AddArgument((Read-Instance $text)).AddArgument((Join-Path $PSScriptRoot '../OpenRouter.Byok.psd1'))
    $lines = @($shell.Invoke() | ForEach-Object { ConvertTo-JsonLine $_.PSObject.BaseObject })
    $lines | ForEach-Object { [Console]::Out.WriteLine($_) }
}
catch {
    # An error of the other runspace is the cause of the one of Invoke.
    $cause = if ($_.Exception.InnerException) { $_.Exception.InnerException } else { $_.Exception }
    $record = if ($cause.ErrorRecord) { $cause.ErrorRecord } else { $_ }
    Write-Message error $record.Exception.Message
    $code = Get-ExitCode $record.FullyQualifiedErrorId
}
finally {
    $shell.Streams.Verbose | ForEach-Object { Write-Message debug $_.Message }
    $shell.Streams.Warning | ForEach-Object { Write-Message warn $_.Message }
}

exit $code
