using System.Management.Automation;

namespace EmptyModule;

/// <summary>Does nothing: what importing a binary module costs at least.</summary>
[Cmdlet(VerbsCommon.Get, "Nothing")]
public sealed class GetNothingCommand : Cmdlet;
