using FsCheck;
using FsCheck.Fluent;

namespace OpenRouter.Byok.Tests.Core;

public sealed class AllowListTests
{
    [Fact]
    public void The_text_form_of_any_list_is_read_back() =>
        Prop.ForAll<NonNull<string>[]>(entries => RoundTrips(entries.Select(entry => entry.Get))).QuickCheckThrowOnFailure();

    [Fact]
    public void The_text_form_of_entries_with_separators_quotes_and_spaces_is_read_back() =>
        Prop.ForAll(
            Gen.ListOf(Gen.Select(Gen.ListOf(Gen.Elements(';', '"', ' ', '\t', ',', 'a', '\n')), characters => string.Concat(characters))).ToArbitrary(),
            entries => RoundTrips(entries)).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("", "")]
    [InlineData(" ; ;; ", "")]
    [InlineData("a", "a")]
    [InlineData(" a ; b;c ", "a|b|c")]
    [InlineData("\"a;b\";\"say \"\"hi\"\"\"", "a;b|say \"hi\"")]
    [InlineData("\" spaced \" ; x", " spaced |x")]
    public void A_cell_is_read_as_a_list(string text, string entries) =>
        Assert.Equal(entries, string.Join('|', AllowList.Parse(text)));

    [Theory]
    [InlineData("\"open")]
    [InlineData("\"a\"b")]
    public void A_quotation_mark_in_a_wrong_place_is_a_format_error(string text) => Assert.Throws<FormatException>(() => AllowList.Parse(text));

    [Fact]
    public void Lists_with_the_same_entries_in_the_same_order_are_equal()
    {
        Assert.Equal(new AllowList(["a", "b"]), new AllowList(["a", "b"]));
        Assert.NotEqual(new AllowList(["a", "b"]), new AllowList(["b", "a"]));
        Assert.Equal(new AllowList(["a", "b"]).GetHashCode(), new AllowList(["a", "b"]).GetHashCode());
    }

    private static bool RoundTrips(IEnumerable<string> entries)
    {
        var list = new AllowList(entries);
        return AllowList.Parse(list.ToString()).Equals(list);
    }
}
