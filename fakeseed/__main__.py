from fakeseed.cli import main

main()
