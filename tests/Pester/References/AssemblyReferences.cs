using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace OpenRouter.Byok.Tests.Pester.References;

/// <summary>The types and members of other assemblies that an assembly refers to.</summary>
internal sealed class AssemblyReferences : IDisposable
{
    private readonly PEReader _file;
    private readonly MetadataReader _reader;

    internal AssemblyReferences(string path)
    {
        _file = new PEReader(File.OpenRead(path));
        _reader = _file.GetMetadataReader();
    }

    /// <summary>How many there are.</summary>
    internal int Count => _reader.TypeReferences.Count + _reader.MemberReferences.Count;

    public void Dispose() => _file.Dispose();

    /// <summary>Those that the assemblies do not define.</summary>
    internal IEnumerable<string> Unresolved(AssemblySet assemblies)
    {
        IEnumerable<string> types = _reader.TypeReferences
            .Where(handle => assemblies.Find(_reader, handle) is null)
            .Select(handle => SignatureText.Name(_reader, handle));
        IEnumerable<string> members = _reader.MemberReferences.Select(_reader.GetMemberReference)
            .Where(member => !IsDefined(assemblies, member))
            .Select(member => $"{Parent(member)}::{_reader.GetString(member.Name)} {Signature(member)}");
        return types.Concat(members);
    }

    private bool IsDefined(AssemblySet assemblies, MemberReference member)
    {
        // The runtime itself defines the members of arrays.
        if (member.Parent.Kind == HandleKind.TypeSpecification && Parent(member).EndsWith(']'))
        {
            return true;
        }

        // A signature of a generic type's member refers to its parameters, not to the arguments.
        return assemblies.Definition(_reader, member.Parent, []) is var (reader, type, _)
            && assemblies.Defines(reader, type, [], _reader.GetString(member.Name), Signature(member));
    }

    private static string Signature(MemberReference member) => member.GetKind() == MemberReferenceKind.Method
        ? SignatureText.Of(member.DecodeMethodSignature(SignatureText.Instance, []))
        : member.DecodeFieldSignature(SignatureText.Instance, []);

    private string Parent(MemberReference member) => member.Parent.Kind switch
    {
        HandleKind.TypeReference => SignatureText.Name(_reader, (TypeReferenceHandle)member.Parent),
        HandleKind.TypeDefinition => SignatureText.Name(_reader, (TypeDefinitionHandle)member.Parent),
        HandleKind.TypeSpecification => _reader.GetTypeSpecification((TypeSpecificationHandle)member.Parent).DecodeSignature(SignatureText.Instance, ImmutableArray<string>.Empty),
        _ => member.Parent.Kind.ToString(),
    };
}
