# tried.ps1: the agent's installer on Windows: what docs/windows.md lists, as far as a runner without a pad can show it.
# SPDX-License-Identifier: MIT
#   pwsh -File host_tools/windows/tried.ps1 -Folder FOLDER   (as an administrator; the folder has one kesu-agent-*.msi)
param([Parameter(Mandatory)][string]$Folder)
$ErrorActionPreference = "Stop"

$package = (Get-ChildItem -Path $Folder -Filter "kesu-agent-*.msi" | Select-Object -First 1).FullName
$programs = Join-Path $env:ProgramFiles "Kesu"
$run = "HKLM:\Software\Microsoft\Windows\CurrentVersion\Run"
$source = "HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\Kesu Agent"
$policies = "HKLM:\Software\Policies\Kesu"

function Assert($Holds, [string]$What) {
    if (-not $Holds) { throw "NOT so: $What" }
    Write-Output "so: $What"
}

function Invoke-Installer([string]$Option) {
    $done = Start-Process msiexec.exe -ArgumentList $Option, "`"$package`"", "/qn", "/norestart" -Wait -PassThru
    Assert ($done.ExitCode -eq 0) "msiexec $Option exits with 0 (it was $($done.ExitCode))"
}

function Wait-Event([int]$Number, [datetime]$Since) {
    foreach ($attempt in 1..60) {
        $found = Get-WinEvent -ErrorAction SilentlyContinue -FilterHashtable @{
            LogName = "Application"; ProviderName = "Kesu Agent"; Id = $Number; StartTime = $Since
        }
        if ($found) { return $found[0] }
        Start-Sleep -Seconds 1
    }
    throw "NOT so: event $Number"
}

function Get-Values {
    (Get-Item $run).GetValueNames() | Sort-Object
    (Get-ChildItem "HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application").PSChildName | Sort-Object
    (Get-ChildItem $env:ProgramFiles).Name | Sort-Object
}

$before = Get-Values
Invoke-Installer "/i"
Assert ((Get-ItemProperty $run).KesuAgent -eq "`"$programs\kesu-agent.exe`"") "the agent starts at log-on"
Assert (Test-Path (Get-ItemProperty $source).EventMessageFile) "the message file is there"

$since = Get-Date
New-Item -Path "$policies\Agent\Pad" -Force | Out-Null
Set-ItemProperty "$policies\Agent\Pad" -Name Enabled -Value 1 -Type DWord
Set-ItemProperty "$policies\Agent\Pad" -Name BlankWithinS -Value 1 -Type DWord
$agent = Start-Process "$programs\kesu-agent.exe" -PassThru
Assert ((Wait-Event 3 $since).Message -match "BlankWithinS") "a wrong policy is event 3 with its name"
Set-ItemProperty "$policies\Agent\Pad" -Name BlankWithinS -Value 100 -Type DWord
Assert ((Wait-Event 1 $since).Message -match "group policies") "a corrected policy starts the agent"
& "$programs\kesu-agent.exe" hook ready | Out-Null
& "$programs\kesu.exe" agent --check
Assert ($LASTEXITCODE -eq 3) "kesu agent --check answers, and no pad is there"
Stop-Process -Id $agent.Id
Wait-Process -Id $agent.Id -ErrorAction SilentlyContinue
Remove-Item $policies -Recurse

Invoke-Installer "/x"
Assert (-not (Test-Path $programs)) "the folder is gone"
Assert (-not (Test-Path $source)) "the source of events is gone"
Assert (-not (Compare-Object $before (Get-Values))) "programs, start values and sources are as before"
