namespace OpenRouter.Byok.Async;

/// <summary>A message from the work on a record to the pipeline thread.</summary>
/// <remarks>A class: a channel of structs is compiled anew for them at the first request.</remarks>
/// <param name="Kind">Its kind.</param>
/// <param name="Value">The object to write, the text to write, or the <see cref="Action"/> to run.</param>
/// <param name="IsWanted">Decides on the pipeline thread, in the order of the output, whether an object is written; <see langword="null"/>: it is.</param>
internal sealed record Message(MessageKind Kind, object Value, Func<bool>? IsWanted = null);
