using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace OpenRouter.Byok.Tests.Pester.References;

/// <summary>
/// Assemblies by their simple names, and the types that they define or forward to one another. Those of the
/// platform have only public types; those of the module may use the internals of one another.
/// </summary>
internal sealed class AssemblySet : IDisposable
{
    private readonly List<PEReader> _files = [];
    private readonly Dictionary<string, MetadataReader> _assemblies = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<MetadataReader> _platform = [];
    private readonly Dictionary<(MetadataReader, string), (MetadataReader, TypeDefinitionHandle)?> _types = [];

    /// <summary>Opens every assembly of these files; of two with one name the first one counts.</summary>
    internal AssemblySet(IEnumerable<string> platform, IEnumerable<string> delivered)
    {
        _platform.UnionWith(platform.Select(Open).OfType<MetadataReader>());
        foreach (string file in delivered)
        {
            Open(file);
        }
    }

    public void Dispose() => _files.ForEach(file => file.Dispose());

    /// <summary>The definition of a type that an assembly refers to; <see langword="null"/> if there is none.</summary>
    internal (MetadataReader Reader, TypeDefinitionHandle Type)? Find(MetadataReader reader, TypeReferenceHandle handle)
    {
        TypeReference type = reader.GetTypeReference(handle);
        while (type.ResolutionScope.Kind == HandleKind.TypeReference)
        {
            type = reader.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
        }

        return type.ResolutionScope.Kind == HandleKind.AssemblyReference
            && _assemblies.TryGetValue(reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name), out MetadataReader? assembly)
                ? Find(assembly, SignatureText.Name(reader, handle))
                : null;
    }

    /// <summary>Whether a member, with its exact signature, is defined by a type or by one that it inherits from.</summary>
    internal bool Defines(MetadataReader reader, TypeDefinitionHandle handle, ImmutableArray<string> arguments, string name, string signature)
    {
        TypeDefinition type = reader.GetTypeDefinition(handle);
        if (type.GetMethods().Select(reader.GetMethodDefinition).Any(method =>
                reader.StringComparer.Equals(method.Name, name) && IsOffered(reader, (int)(method.Attributes & MethodAttributes.MemberAccessMask)) && SignatureText.Of(method.DecodeSignature(SignatureText.Instance, arguments)) == signature)
            || type.GetFields().Select(reader.GetFieldDefinition).Any(field =>
                reader.StringComparer.Equals(field.Name, name) && IsOffered(reader, (int)(field.Attributes & FieldAttributes.FieldAccessMask)) && field.DecodeSignature(SignatureText.Instance, arguments) == signature))
        {
            return true;
        }

        IEnumerable<EntityHandle> bases = type.GetInterfaceImplementations().Select(implemented => reader.GetInterfaceImplementation(implemented).Interface).Prepend(type.BaseType);
        return bases.Any(based => Definition(reader, based, arguments) is var (itsReader, itsType, itsArguments) && Defines(itsReader, itsType, itsArguments, name, signature));
    }

    /// <summary>The definition of a type in metadata, and its type arguments.</summary>
    internal (MetadataReader Reader, TypeDefinitionHandle Type, ImmutableArray<string> Arguments)? Definition(MetadataReader reader, EntityHandle handle, ImmutableArray<string> context) => handle.Kind switch
    {
        HandleKind.TypeDefinition when !handle.IsNil => (reader, (TypeDefinitionHandle)handle, []),
        HandleKind.TypeReference when !handle.IsNil => Find(reader, (TypeReferenceHandle)handle) is var (itsReader, type) ? (itsReader, type, []) : null,
        HandleKind.TypeSpecification => Instance(reader, (TypeSpecificationHandle)handle, context),
        _ => null,
    };

    private (MetadataReader Reader, TypeDefinitionHandle Type, ImmutableArray<string> Arguments)? Instance(MetadataReader reader, TypeSpecificationHandle handle, ImmutableArray<string> context)
    {
        BlobReader blob = reader.GetBlobReader(reader.GetTypeSpecification(handle).Signature);
        if (blob.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
        {
            return null;
        }

        blob.ReadCompressedInteger();
        EntityHandle generic = blob.ReadTypeHandle();
        var decoder = new SignatureDecoder<string, ImmutableArray<string>>(SignatureText.Instance, reader, context);
        ImmutableArray<string> arguments = [.. Enumerable.Range(0, blob.ReadCompressedInteger()).Select(_ => decoder.DecodeType(ref blob))];
        return Definition(reader, generic, context) is var (itsReader, type, _) ? (itsReader, type, arguments) : null;
    }

    /// <summary>Whether others may use a member; methods and fields have the same numbers for it.</summary>
    private bool IsOffered(MetadataReader reader, int access) =>
        !_platform.Contains(reader) || (MethodAttributes)access is MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem;

    private bool IsOffered(MetadataReader reader, TypeDefinition type) =>
        !_platform.Contains(reader)
        || (type.Attributes & TypeAttributes.VisibilityMask) is TypeAttributes.Public or TypeAttributes.NestedPublic or TypeAttributes.NestedFamily or TypeAttributes.NestedFamORAssem;

    private MetadataReader? Open(string file)
    {
        var opened = new PEReader(File.OpenRead(file));
        _files.Add(opened);
        return opened.HasMetadata && opened.GetMetadataReader() is { IsAssembly: true } reader
            && _assemblies.TryAdd(reader.GetString(reader.GetAssemblyDefinition().Name), reader)
                ? reader
                : null;
    }

    private (MetadataReader Reader, TypeDefinitionHandle Type)? Find(MetadataReader assembly, string name)
    {
        if (!_types.TryGetValue((assembly, name), out (MetadataReader, TypeDefinitionHandle)? found))
        {
            found = Look(assembly, name);
            _types.Add((assembly, name), found);
        }

        return found;
    }

    private (MetadataReader, TypeDefinitionHandle)? Look(MetadataReader assembly, string name)
    {
        foreach (TypeDefinitionHandle handle in assembly.TypeDefinitions)
        {
            if (SignatureText.Name(assembly, handle) == name)
            {
                return IsOffered(assembly, assembly.GetTypeDefinition(handle)) ? (assembly, handle) : null;
            }
        }

        // A forwarder names the outermost type; nested types are in the same assembly.
        string outermost = name.Split('+')[0];
        foreach (ExportedType forwarded in assembly.ExportedTypes.Select(assembly.GetExportedType).Where(type => type.IsForwarder))
        {
            string space = assembly.GetString(forwarded.Namespace);
            string full = space.Length == 0 ? assembly.GetString(forwarded.Name) : $"{space}.{assembly.GetString(forwarded.Name)}";
            if (full == outermost)
            {
                string target = assembly.GetString(assembly.GetAssemblyReference((AssemblyReferenceHandle)forwarded.Implementation).Name);
                return _assemblies.TryGetValue(target, out MetadataReader? other) ? Find(other, name) : null;
            }
        }

        return null;
    }
}
