@{
    Severity     = @('Error', 'Warning', 'Information')
    ExcludeRules = @(
        'PSAvoidUsingWriteHost'

        # What BeforeAll sets is used in It, which the rule does not see.
        'PSUseDeclaredVarsMoreThanAssignments'

        # A test makes its keys up; there is nothing to protect.
        'PSAvoidUsingConvertToSecureStringWithPlainText'

        # A test of an example types in place of the one who tries it.
        'PSAvoidOverwritingBuiltInCmdlets'

        # The functions change a stand-in that lives as long as the test.
        'PSUseShouldProcessForStateChangingFunctions'
        'PSAvoidUsingPositionalParameters'
    )
}
